/// <reference lib="dom" />
import type { Page } from 'playwright-core';
import type { ScriptedServer } from './scripted-server.js';

/** What has reached the loudspeaker: how many samples were not silent, and how long it has been silent since. */
export type Heard = { sounding: number; silentFor: number };

const WORKLET = `
class Recorder extends AudioWorkletProcessor {
  constructor() {
    super();
    this.sounding = 0;
    this.silentFor = 0;
    this.port.onmessage = () => this.port.postMessage({ sounding: this.sounding, silentFor: this.silentFor });
  }
  process([[channel]]) {
    for (const s of channel ?? []) {
      if (s === 0) this.silentFor++;
      else { this.sounding++; this.silentFor = 0; }
    }
    return true;
  }
}
registerProcessor('recorder', Recorder);`;

/** Puts a counter between the page's player and the loudspeaker, before the page is opened. */
export async function installRecorder(server: ScriptedServer, page: Page): Promise<void> {
  server.files.set('/recorder.js', WORKLET);
  await page.addInitScript(() => {
    const connect = AudioNode.prototype.connect as (this: AudioNode, target: AudioNode) => AudioNode;
    const tapped = function (this: AudioNode, target: AudioNode): AudioNode {
      if (this instanceof GainNode && target instanceof AudioDestinationNode) {
        void this.context.audioWorklet.addModule('/recorder.js').then(() => {
          const node = new AudioWorkletNode(this.context, 'recorder', {
            channelCount: 1,
            channelCountMode: 'explicit',
          });
          connect.call(this, node);
          connect.call(node, target);
          Object.assign(window, { recorder: node.port });
        });
      }
      return connect.call(this, target);
    };
    AudioNode.prototype.connect = tapped as typeof AudioNode.prototype.connect;
  });
}

/** Resolves when the counter is in place: the page has made its player. */
export async function recording(page: Page): Promise<void> {
  await page.waitForFunction(() => 'recorder' in window);
}

function heard(page: Page): Promise<Heard> {
  return page.evaluate(
    () =>
      new Promise<Heard>((resolve) => {
        const { recorder } = window as unknown as { recorder: MessagePort };
        recorder.onmessage = ({ data }: MessageEvent<Heard>) => resolve(data);
        recorder.postMessage(null);
      }),
  );
}

/** What has been heard once the loudspeaker has been silent for `samples` of its own. */
export async function heardAfterSilence(page: Page, samples: number): Promise<Heard> {
  for (;;) {
    const now = await heard(page);
    if (now.silentFor >= samples) return now;
  }
}
