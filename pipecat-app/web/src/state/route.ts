import { effect, signal } from '@preact/signals';

export type Page = 'talk' | 'cluster' | 'memory' | 'tools' | 'approvals';
export const PAGES: { page: Page; name: string }[] = [
  { page: 'talk', name: 'Talk' },
  { page: 'cluster', name: 'Cluster' },
  { page: 'memory', name: 'Memory' },
  { page: 'tools', name: 'Tools' },
  { page: 'approvals', name: 'Approvals' },
];

/** The page that is shown. */
export const page = signal<Page>('talk');

/** `#/cluster` is the page *Cluster*, and so on; everything else is *Talk*. */
export const pageOf = (hash: string): Page => PAGES.find((one) => hash === hrefOf(one.page))?.page ?? 'talk';

export const hrefOf = (its: Page): string => `#/${its}`;

/** Keeps `page` and the title of the window at the address. */
export function watchRoute(): void {
  const follow = () => {
    page.value = pageOf(location.hash);
  };
  addEventListener('hashchange', follow);
  follow();
  effect(() => {
    const { name } = PAGES.find((one) => one.page === page.value) ?? { name: 'Talk' };
    document.title = `${name} · Twin Mission Control`;
  });
}
