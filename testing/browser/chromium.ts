import { type Browser, chromium } from 'playwright-core';

/** Where Debian puts the browser; `CHROMIUM` names another one. */
const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';

/**
 * A headless Chromium that keeps to itself and has a pretended microphone: `wav` (looped) when given, else its own
 * beeps. Whether a page may use it is up to the context's permissions.
 */
export function launchChromium(wav?: string): Promise<Browser> {
  return chromium.launch({
    executablePath,
    headless: true,
    args: [
      '--no-sandbox',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--use-fake-device-for-media-stream',
      ...(wav ? [`--use-file-for-fake-audio-capture=${wav}`] : []),
    ],
  });
}
