/// <reference lib="dom" />
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeWavFile } from '@twin/pipecat-app/cli/wav-files.js';
import { concat } from '@twin/pipecat-app/voice/pcm.js';
import type { Page } from 'playwright-core';
import { speech } from '../acoustic/render.js';
import { launchChromium } from '../browser/chromium.js';
import { spread } from './quantiles.js';
import { atLeast, atMost } from './report.js';
import type { Scenario } from './scenario.js';

/** The page's own view: when the agent decided, and when the loudspeaker last sounded (ms since 1970). */
type Cut = { decided: number; lastSound: number };

const METER = `
class Meter extends AudioWorkletProcessor {
  constructor() { super(); this.last = 0; this.port.onmessage = () => this.port.postMessage(this.last); }
  process([[channel]]) {
    if (channel?.some((s) => Math.abs(s) > 0.01)) this.last = Date.now();
    return true;
  }
}
registerProcessor('bench-meter', Meter);`;

/** Question, time for the answer to begin, "stop", time to fall quiet: the microphone repeats it for ever. */
async function script(file: string): Promise<number> {
  const question = await speech('What can you do?');
  const stop = await speech('Stop.');
  const quiet = (seconds: number): Int16Array =>
    Int16Array.from({ length: seconds * 16_000 }, (_, i) => ((i * 7919) % 9) - 4);
  const samples = concat([quiet(1), question.samples, quiet(3), stop.samples, quiet(3)]);
  await writeWavFile(file, samples);
  return samples.length / 16;
}

/** Real Chromium with a pretended microphone: from the agent's decision to the last sound at the loudspeaker. */
export const browser: Scenario = async ({ server, quick, say }) => {
  const rounds = quick ? 4 : 25;
  const folder = await mkdtemp(join(tmpdir(), 'twin-page-'));
  const chromium = await script(join(folder, 'mic.wav')).then(() => launchChromium(join(folder, 'mic.wav')));
  try {
    const context = await chromium.newContext({ bypassCSP: true });
    await context.grantPermissions(['microphone'], { origin: server.endpoint });
    await context.addCookies(await signedIn(server.endpoint, server.key));
    const page = await context.newPage();
    await page.addInitScript(watch, METER);
    await page.goto(`${server.endpoint}/?raw=1`);
    await page.locator('.mic-button').click();
    const cuts = await collect(page, rounds);
    for (const { decided, lastSound } of cuts) say(`silent ${Math.round(lastSound - decided)} ms after the decision`);
    const time = spread(cuts.map(({ decided, lastSound }) => Math.max(0, lastSound - decided)));
    return [
      atLeast('"stop" in a real browser: obeyed', (100 * cuts.length) / rounds, 90, '%'),
      atMost('"stop" in a real browser: decision to silence, p95', time.p95, 120, 'ms', time),
    ];
  } finally {
    await chromium.close();
    await rm(folder, { recursive: true, force: true });
  }
};

async function signedIn(endpoint: string, key: string): Promise<{ name: string; value: string; url: string }[]> {
  const response = await fetch(`${endpoint}/api/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: endpoint },
    body: JSON.stringify({ key }),
  });
  if (!response.ok) throw new Error(`signing in failed: ${response.status} ${await response.text()}`);
  return response.headers.getSetCookie().map((cookie) => {
    const [pair = ''] = cookie.split(';');
    const at = pair.indexOf('=');
    return { name: pair.slice(0, at), value: pair.slice(at + 1), url: endpoint };
  });
}

/** Runs in the page before its own code: taps the player and notes what the agent says. */
function watch(meterModule: string): void {
  const state = { cuts: [] as Cut[], decided: 0 };
  let meter: AudioWorkletNode | undefined;
  const connect = AudioNode.prototype.connect as (this: AudioNode, target: AudioNode) => AudioNode;
  AudioNode.prototype.connect = function (this: AudioNode, target: AudioNode) {
    if (this instanceof GainNode && target instanceof AudioDestinationNode && !meter) {
      const { audioWorklet } = this.context;
      void audioWorklet
        .addModule(URL.createObjectURL(new Blob([meterModule], { type: 'text/javascript' })))
        .then(() => {
          meter = new AudioWorkletNode(this.context, 'bench-meter', { channelCount: 1, channelCountMode: 'explicit' });
          connect.call(this, meter);
          connect.call(meter, target);
        });
    }
    return connect.call(this, target);
  } as typeof AudioNode.prototype.connect;
  const lastSound = (): Promise<number> =>
    new Promise((resolve) => {
      if (!meter) return resolve(0);
      meter.port.onmessage = ({ data }: MessageEvent<number>) => resolve(data);
      meter.port.postMessage(null);
    });
  const take = async (data: unknown): Promise<void> => {
    if (typeof data !== 'string') return;
    const { type, ts, data: body } = JSON.parse(data) as { type: string; ts: number; data: { interrupted?: boolean } };
    if (type === 'audio.hold' || (type === 'audio.flush' && state.decided === 0)) state.decided = ts;
    if (type === 'audio.resume') state.decided = 0;
    if (type === 'answer' && body.interrupted && state.decided > 0) {
      const { decided } = state;
      state.cuts.push({ decided, lastSound: await lastSound() });
    }
    if (type === 'answer') state.decided = 0;
  };
  const Native = window.WebSocket;
  window.WebSocket = class extends Native {
    constructor(...args: ConstructorParameters<typeof Native>) {
      super(...args);
      if (new URL(args[0]).pathname === '/ws/audio') this.addEventListener('message', (event) => void take(event.data));
    }
  };
  Object.assign(window, { bench: state });
}

/** Waits until `rounds` answers were cut off, or so many rounds' time is over. */
async function collect(page: Page, rounds: number): Promise<Cut[]> {
  const cuts = (): Promise<Cut[]> => page.evaluate(() => (window as unknown as { bench: { cuts: Cut[] } }).bench.cuts);
  await page
    .waitForFunction((n) => (window as unknown as { bench: { cuts: unknown[] } }).bench.cuts.length >= n, rounds, {
      timeout: rounds * 14_000,
    })
    .catch(() => undefined);
  return cuts();
}
