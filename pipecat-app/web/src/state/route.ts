import { effect, signal } from '@preact/signals';

export type Page = 'talk' | 'cluster' | 'nodes' | 'power' | 'memory' | 'tools' | 'prompts' | 'approvals';
export const PAGES: { page: Page; name: string }[] = [
  { page: 'talk', name: 'Talk' },
  { page: 'cluster', name: 'Cluster' },
  { page: 'nodes', name: 'Nodes' },
  { page: 'power', name: 'Power' },
  { page: 'memory', name: 'Memory' },
  { page: 'prompts', name: 'Prompts' },
  { page: 'tools', name: 'Tools' },
  { page: 'approvals', name: 'Approvals' },
];

/** The page that is shown, and what its address adds: `#/memory?used=3,7`. */
export const page = signal<Page>('talk');
export const query = signal(new URLSearchParams());

/** `#/cluster` is the page *Cluster*, and so on; everything else is *Talk*. */
export const pageOf = (hash: string): Page =>
  PAGES.find((one) => hash.split('?')[0] === hrefOf(one.page))?.page ?? 'talk';

export const hrefOf = (its: Page): string => `#/${its}`;

/** The page *Memory* with what an answer used. */
export const usedHref = (ids: readonly number[]): string => `${hrefOf('memory')}?used=${ids.join(',')}`;

/** Keeps `page` and the title of the window at the address. */
export function watchRoute(): void {
  const follow = () => {
    page.value = pageOf(location.hash);
    query.value = new URLSearchParams(location.hash.split('?')[1] ?? '');
  };
  addEventListener('hashchange', follow);
  follow();
  effect(() => {
    const { name } = PAGES.find((one) => one.page === page.value) ?? { name: 'Talk' };
    document.title = `${name} · Twin Mission Control`;
  });
}
