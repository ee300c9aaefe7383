import { FedMicrophone } from '@twin/pipecat-app/cli/fed-microphone.js';
import { firstAudible, lastAudible } from '@twin/pipecat-app/cli/stereo-recording.js';
import { VoiceClient, type VoiceClientOptions } from '@twin/pipecat-app/cli/voice-client.js';
import { TwinError } from '@twin/pipecat-app/errors.js';
import type { ServerEvent, TurnRecord } from '@twin/pipecat-app/server/protocol.js';
import { msToSamples, samplesToMs } from '@twin/pipecat-app/voice/pcm.js';
import type { Clip } from '../acoustic/render.js';

/** An event and the microphone sample at which it arrived. */
export type Seen = { event: ServerEvent; mic: number };

/** One answered question. Sample indices are those of the microphone. */
export type Asked = {
  record: TurnRecord;
  /** Just after the last audible sample of the question. */
  spokeUntil: number;
  /** First audible sample of the answer at the loudspeaker; -1 when nothing was heard. */
  answeredFrom: number;
  /** From the recorded waveform: last user sample to first sample of the answer, in ms. */
  voiceToVoiceMs: number;
};

const PATIENCE = msToSamples(60_000);

/** Somebody who talks to the agent by script: the microphone is fed, the loudspeaker is virtual, both are recorded. */
export class User {
  readonly mic = new FedMicrophone();
  readonly client: VoiceClient;
  readonly seen: Seen[] = [];
  readonly records: TurnRecord[] = [];
  readonly #talking: Promise<void>;
  #failure: unknown;

  static async join(options: VoiceClientOptions, signal: AbortSignal): Promise<User> {
    return new User(await VoiceClient.connect({ keepSeconds: 120, ...options }, signal), signal);
  }

  private constructor(client: VoiceClient, signal: AbortSignal) {
    this.client = client;
    client.onEvent((event, mic) => {
      this.seen.push({ event, mic });
      if (this.seen.length > 5000) this.seen.splice(0, 1000);
      if (event.type === 'turn') this.records.push(event.data);
    });
    this.#talking = client.talk(this.mic, signal).catch((error: unknown) => {
      this.#failure = error;
      this.mic.end();
    });
  }

  /** Lets the microphone run until `done` holds. @throws TwinError `TWIN_BENCH_LATE` after `most` samples. */
  async until(what: string, done: () => boolean, most = PATIENCE): Promise<void> {
    const met = await this.mic.until(done, this.mic.position + most);
    if (this.#failure !== undefined) throw this.#failure;
    if (met) return;
    const last = this.seen.slice(-6).map(({ event }) => JSON.stringify(event).slice(0, 200));
    throw new TwinError(
      'TWIN_BENCH_LATE',
      `Waited ${samplesToMs(most) / 1000} s in vain for ${what}. Last events:\n${last.join('\n')}`,
    );
  }

  /** Quiet for so long. */
  async pause(ms: number): Promise<void> {
    const until = this.mic.position + msToSamples(ms);
    await this.until('time to pass', () => this.mic.position >= until);
  }

  /** Resolves when sound of the agent has been heard for `ms` since now. */
  async hears(ms: number): Promise<void> {
    const from = this.client.loudspeaker.position;
    await this.until('an answer to be heard', () => {
      const { speaker } = this.client.recording;
      const at = firstAudible(speaker.slice(from, speaker.to));
      return at >= 0 && speaker.to - (from + at) >= msToSamples(ms);
    });
  }

  /** Asks and listens to the answer to its end. */
  async ask(clip: Clip): Promise<Asked> {
    const before = this.records.length;
    const { from } = this.mic.say(clip.samples);
    const answered = (): TurnRecord | undefined => this.records.slice(before).find((record) => record.kind === 'voice');
    await this.until(
      'an answer',
      () => answered() !== undefined && !this.client.loudspeaker.busy && this.mic.position > from + clip.samples.length,
    );
    const spokeUntil = from + clip.end;
    const { speaker } = this.client.recording;
    const at = firstAudible(speaker.slice(spokeUntil, speaker.to));
    const answeredFrom = at < 0 ? -1 : spokeUntil + at;
    return {
      record: answered() as TurnRecord,
      spokeUntil,
      answeredFrom,
      voiceToVoiceMs: at < 0 ? Number.NaN : samplesToMs(at),
    };
  }

  /**
   * Talks over the answer that is playing.
   * @returns ms from the first audible sample of `clip` to the last sample of that answer, and its record.
   */
  async interrupt(clip: Clip): Promise<{ record: TurnRecord; silentAfterMs: number; spokeFrom: number }> {
    const before = this.records.length;
    const { from } = this.mic.say(clip.samples);
    const spokeFrom = from + clip.begin;
    await this.until('the answer to be cut off', () => this.records.length > before);
    const { speaker } = this.client.recording;
    const last = lastAudible(speaker.slice(spokeFrom, speaker.to));
    return { record: this.records[before] as TurnRecord, silentAfterMs: samplesToMs(last + 1), spokeFrom };
  }

  async leave(): Promise<void> {
    this.mic.end();
    await this.#talking;
    await this.client.close();
  }
}
