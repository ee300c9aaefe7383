import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { ScriptedServer } from './scripted-server.js';
import type { ScriptedSession } from './scripted-session.js';

/** A page under watch. */
export type Shown = {
  page: Page;
  /** What went wrong in the page so far: uncaught errors and refusals of the content security policy. */
  complaints: string[];
  close(): Promise<void>;
};

export type Stage = Shown & { server: ScriptedServer; session: ScriptedSession };

export type StageOptions = BrowserContextOptions & {
  /** False: the person has not allowed the microphone. */
  microphone?: boolean;
  path?: string;
  /** Before the page is opened. */
  before?: (server: ScriptedServer, page: Page) => Promise<void> | void;
};

/** A page in a context of its own, not at any address yet. */
export async function openPage(browser: Browser, options: BrowserContextOptions = {}): Promise<Shown> {
  const context = await browser.newContext({ viewport: { width: 1000, height: 700 }, ...options });
  context.setDefaultTimeout(15_000);
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (line) => {
    if (line.type() === 'error' && line.text().includes('Content Security Policy')) complaints.push(line.text());
  });
  return { page, complaints, close: () => context.close() };
}

/** A server of its own and one page on it, connected. */
export async function openStage(browser: Browser, options: StageOptions = {}): Promise<Stage> {
  const { microphone = true, path = '/?raw=1', before, ...contextOptions } = options;
  const server = await ScriptedServer.start();
  const { page, complaints, close } = await openPage(browser, contextOptions);
  if (microphone) await page.context().grantPermissions(['microphone'], { origin: server.url });
  await before?.(server, page);
  await page.goto(server.url + path);
  let closed: Promise<void> | undefined;
  return {
    page,
    server,
    session: await server.session(),
    complaints,
    close: () => {
      closed ??= close().then(() => server.close());
      return closed;
    },
  };
}

/** Types into the text box and sends with Enter. */
export async function say(page: Page, text: string): Promise<void> {
  await page.getByLabel('Message to Twin').fill(text);
  await page.getByLabel('Message to Twin').press('Enter');
}
