import { userInfo } from 'node:os';
import type { Browser, BrowserServer } from 'playwright-core';
import { TwinError } from '../../errors.js';

/**
 * Everything goes through the proxy of a context; what belongs to none goes to a port where nobody listens. The browser
 * resolves no name itself, and WebRTC, which would pass by any proxy, may not send.
 */
const ARGS = [
  '--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1',
  '--force-webrtc-ip-handling-policy=disable_non_proxied_udp',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-gpu',
  '--mute-audio',
];
const NOWHERE = { server: 'http://127.0.0.1:9', bypass: '<-loopback>' };
const START_MS = 30_000;

export type RunningBrowser = {
  browser: Browser;
  /** Ends the process at once, whatever its pages do. */
  kill(): Promise<void>;
};

/** @throws TwinError `TWIN_BROWSER_START` */
export async function startBrowser(executablePath: string): Promise<RunningBrowser> {
  const { chromium } = await import('playwright-core');
  let server: BrowserServer | undefined;
  try {
    server = await chromium.launchServer({
      executablePath,
      headless: true,
      host: '127.0.0.1',
      args: ARGS,
      proxy: NOWHERE,
      // Chromium cannot confine the pages of root.
      chromiumSandbox: userInfo().uid !== 0,
      timeout: START_MS,
      handleSIGINT: false,
      handleSIGTERM: false,
      handleSIGHUP: false,
    });
    const running = server;
    const browser = await chromium.connect(server.wsEndpoint(), { timeout: START_MS });
    return { browser, kill: () => running.kill() };
  } catch (cause) {
    await server?.kill();
    throw new TwinError('TWIN_BROWSER_START', 'The browser did not start.', {
      next: `Run \`${executablePath} --headless --dump-dom about:blank\` to see why.`,
      cause,
    });
  }
}
