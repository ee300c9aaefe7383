import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { ScriptedServer } from './scripted-server.js';
import type { ScriptedSession } from './scripted-session.js';

export type Stage = {
  page: Page;
  server: ScriptedServer;
  session: ScriptedSession;
  /** What went wrong in the page so far: uncaught errors and refusals of the content security policy. */
  complaints: string[];
  close(): Promise<void>;
};

export type StageOptions = BrowserContextOptions & {
  /** False: the person has not allowed the microphone. */
  microphone?: boolean;
  path?: string;
  /** Before the page is opened. */
  before?: (server: ScriptedServer, page: Page) => Promise<void> | void;
};

/** A server of its own and one page on it, connected. */
export async function openStage(browser: Browser, options: StageOptions = {}): Promise<Stage> {
  const { microphone = true, path = '/?raw=1', before, ...contextOptions } = options;
  const server = await ScriptedServer.start();
  const context = await browser.newContext({ viewport: { width: 1000, height: 700 }, ...contextOptions });
  context.setDefaultTimeout(15_000);
  if (microphone) await context.grantPermissions(['microphone'], { origin: server.url });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (line) => {
    if (line.type() === 'error' && line.text().includes('Content Security Policy')) complaints.push(line.text());
  });
  await before?.(server, page);
  await page.goto(server.url + path);
  return {
    page,
    server,
    session: await server.session(),
    complaints,
    async close() {
      await context.close();
      await server.close();
    },
  };
}

/** Types into the text box and sends with Enter. */
export async function say(page: Page, text: string): Promise<void> {
  await page.getByLabel('Message to Twin').fill(text);
  await page.getByLabel('Message to Twin').press('Enter');
}
