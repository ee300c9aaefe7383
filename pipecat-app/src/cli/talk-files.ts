import { TwinError } from '../errors.js';
import type { ServerEvent, TurnRecord } from '../server/protocol.js';
import { msToSamples } from '../voice/pcm.js';
import { FedMicrophone } from './fed-microphone.js';
import type { VoiceClient } from './voice-client.js';

/** After this much quiet nothing more can come of what was said; longer than the time between two partials. */
const SETTLED = msToSamples(800);

export type TalkFiles = {
  client: Pick<VoiceClient, 'talk' | 'onEvent' | 'loudspeaker'>;
  /** Spoken one after the other, each when the answer to the one before has been played. */
  files: readonly { name: string; samples: Int16Array }[];
  /** How long the answer to a file may take after the file's last sample. */
  patienceMs: number;
  signal: AbortSignal;
  onFile?: (name: string) => void;
};

/** Records of all turns, announcements included, and what to say of each file that got no answer. */
export type Talked = { records: TurnRecord[]; unanswered: TwinError[] };

/**
 * Speaks files to the agent and listens to each answer to its end, or until patience is over.
 * @throws TwinError `TWIN_CONNECTION_LOST`; AbortError.
 */
export async function talkFiles({ client, files, patienceMs, signal, onFile }: TalkFiles): Promise<Talked> {
  const mic = new FedMicrophone();
  const records: TurnRecord[] = [];
  const unanswered: TwinError[] = [];
  const watch = new Watch();
  const off = client.onEvent((event) => {
    watch.see(event, mic.position);
    if (event.type === 'turn') records.push(event.data);
  });
  const conversation = async (): Promise<void> => {
    for (const file of files) {
      watch.begin();
      onFile?.(file.name);
      const { to } = mic.say(file.samples);
      const answered = await mic.until(
        () => mic.position >= to + SETTLED && !client.loudspeaker.busy && watch.settled(mic.position),
        to + msToSamples(patienceMs),
      );
      if (mic.ended) return;
      if (!answered) unanswered.push(late(file.name, patienceMs));
    }
  };
  const talking = client.talk(mic, signal);
  try {
    await Promise.race([conversation(), talking]);
  } finally {
    mic.end();
    off();
  }
  await talking;
  return { records, unanswered };
}

/** A turn was answered when something was said or done about it. */
export function wasAnswered(record: TurnRecord): boolean {
  return record.source !== 'none' && (record.answer !== '' || record.actions.length > 0);
}

/** Knows from the events whether anything of a turn is still to come. */
class Watch {
  #answered = false;
  #open = new Set<number>();
  #busy = false;
  #last = 0;

  begin(): void {
    this.#answered = false;
  }

  see(event: ServerEvent, at: number): void {
    if (event.type === 'state') this.#busy = event.data.state === 'thinking' || event.data.state === 'speaking';
    else if (event.type === 'transcript.final') this.#open.add(event.data.turn);
    else if (event.type === 'turn') {
      this.#open.delete(event.data.turn);
      if (event.data.kind === 'voice') this.#answered = true;
    } else if (event.type !== 'transcript.partial') return;
    this.#last = at;
  }

  settled(at: number): boolean {
    return this.#answered && !this.#busy && this.#open.size === 0 && at - this.#last >= SETTLED;
  }
}

function late(name: string, patienceMs: number): TwinError {
  return new TwinError('TWIN_TALK_TIMEOUT', `${name} was not answered within ${patienceMs / 1000} s.`, {
    next: 'Ask `/health` whether every part works, or allow more time with --patience.',
    retryable: true,
  });
}
