import type { BrowserContext, Page } from 'playwright-core';
import type { AddressPolicy } from './address-policy.js';
import { CheckingProxy, type Refusal, type Resolve } from './checking-proxy.js';
import { type RunningBrowser, startBrowser } from './chromium-server.js';

export type BrowsingOptions = {
  executable: string;
  allows: AddressPolicy;
  resolve?: Resolve;
  /** A context that nobody used for so long is closed, in ms. */
  idleMs: number;
  /** More contexts than this: the one that was not used for longest is closed. */
  most: number;
};

/** The page of one session of the agent. */
export type OpenPage = {
  page(): Page;
  takeRefusals(): Refusal[];
  /** An empty page instead of this one: where a page was refused, the browser still shows its own words about it. */
  renew(): Promise<void>;
};

type Context = OpenPage & { context: BrowserContext; proxy: CheckingProxy; close(): Promise<void> };

const CLOSE_MS = 3000;

/** One browser, started when it is needed and ended with its last context; a context and a proxy per session. */
export class Browsing {
  readonly #options: BrowsingOptions;
  readonly #contexts = new Map<string, Promise<Context>>();
  readonly #idle = new Map<string, NodeJS.Timeout>();
  #browser: Promise<RunningBrowser> | undefined;
  #ending: Promise<void> = Promise.resolve();

  constructor(options: BrowsingOptions) {
    this.#options = options;
  }

  /** Whether this session has a page. */
  has(session: string): boolean {
    return this.#contexts.has(session);
  }

  get size(): number {
    return this.#contexts.size;
  }

  /** The session's page, a new and empty one if it has none. @throws TwinError `TWIN_BROWSER_START` */
  async page(session: string): Promise<OpenPage> {
    await this.#ending;
    let opened = this.#contexts.get(session);
    if (opened === undefined) {
      const oldest = this.#contexts.keys().next().value;
      if (this.#contexts.size >= this.#options.most && oldest !== undefined) await this.leave(oldest);
      opened = this.#open();
      opened.catch(() => this.leave(session));
    }
    // The order of the map is the order of use.
    this.#contexts.delete(session);
    this.#contexts.set(session, opened);
    clearTimeout(this.#idle.get(session));
    const timer = setTimeout(() => void this.leave(session), this.#options.idleMs);
    timer.unref();
    this.#idle.set(session, timer);
    return await opened;
  }

  /** Closes the session's page; ends the whole browser when it does not let go, or when it was the last one. */
  async leave(session: string): Promise<void> {
    const opened = this.#contexts.get(session);
    if (opened === undefined) return;
    this.#contexts.delete(session);
    clearTimeout(this.#idle.get(session));
    this.#idle.delete(session);
    const context = await opened.catch(() => undefined);
    const closed = context === undefined ? true : await within(context.close(), CLOSE_MS);
    await context?.proxy.close();
    if (this.#contexts.size === 0 || !closed) await this.#end();
  }

  async close(): Promise<void> {
    await Promise.all([...this.#contexts.keys()].map((session) => this.leave(session)));
    await this.#end();
  }

  async #end(): Promise<void> {
    const browser = this.#browser;
    this.#browser = undefined;
    if (browser === undefined) return;
    const ended = browser.then(
      ({ kill }) => kill(),
      () => {},
    );
    this.#ending = ended;
    await ended;
  }

  async #open(): Promise<Context> {
    this.#browser ??= this.#start();
    const { browser } = await this.#browser;
    const { allows, resolve } = this.#options;
    const proxy = new CheckingProxy(allows, resolve);
    try {
      const context = await browser.newContext({
        proxy: { server: await proxy.start(), bypass: '<-loopback>' },
        acceptDownloads: false,
        serviceWorkers: 'block',
        permissions: [],
        viewport: { width: 1280, height: 800 },
      });
      let page = await context.newPage();
      context.on('page', (next) => {
        // A click that opens a window: there is one page at a time, the newest.
        const before = page;
        page = next;
        void before.close().catch(() => {});
      });
      return {
        context,
        proxy,
        page: () => page,
        takeRefusals: () => proxy.takeRefusals(),
        renew: async () => {
          await context.newPage();
        },
        close: () => context.close(),
      };
    } catch (error) {
      await proxy.close();
      throw error;
    }
  }

  async #start(): Promise<RunningBrowser> {
    const running = await startBrowser(this.#options.executable);
    running.browser.once('disconnected', () => {
      if (this.#browser === undefined) return;
      this.#browser = undefined;
      for (const session of [...this.#contexts.keys()]) void this.leave(session);
    });
    return running;
  }
}

async function within(work: Promise<void>, ms: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), ms);
  });
  try {
    return await Promise.race([
      work.then(
        () => true,
        () => true,
      ),
      late,
    ]);
  } finally {
    clearTimeout(timer);
  }
}
