import { isAbort, toPublicError } from '../errors.js';
import type { Query } from '../mind/mind.js';
import { speakableClauses } from '../mouth/speakable.js';
import { clauses } from './clauses.js';
import type { Engines, SessionOut } from './session.types.js';
import type { Speaker } from './speaker.js';
import type { Input } from './turn.js';

/** What a reply reports while it runs; the session keeps the times. */
export type ReplyMarks = {
  firstClause(): void;
  /** The first sample left the server. */
  audible(): void;
  action(action: { tool: string; args: Record<string, unknown>; ok: boolean }): void;
  memories(ids: number[]): void;
  source(source: 'reflex' | 'model' | 'apology'): void;
};

export type ReplyJob = {
  turn: number;
  input: Input;
  query: Query;
  engines: Engines;
  out: SessionOut;
  speaker: Speaker;
  voice: { name: string; rate: number };
  audible: boolean;
  marks: ReplyMarks;
};

/**
 * One reply from words to sound: mind → clauses → tts → speaker. Returns what was shown beyond the sound: all of a
 * text-only reply, or the rest of one whose voice failed.
 * @throws AbortError when `signal` aborts.
 */
export async function runReply(job: ReplyJob, signal: AbortSignal): Promise<{ shown: string }> {
  const { speaker, out, turn, marks } = job;
  const say = speakableClauses();
  let mute = !job.audible;
  let shown = '';
  let first = true;
  for await (const clause of clauses(words(job, signal))) {
    signal.throwIfAborted();
    if (first) marks.firstClause();
    first = false;
    const text = say(clause);
    if (mute || text === '') {
      if (mute) shown += clause;
      continue;
    }
    const close = speaker.clause(clause);
    let sounded = false;
    try {
      for await (const samples of job.engines.tts.speak(text, job.voice, signal)) {
        sounded = true;
        speaker.enqueue(samples);
        marks.audible();
      }
    } catch (error) {
      if (isAbort(error) || signal.aborted) throw error;
      out.event('error', toPublicError(error));
      mute = true;
      if (!sounded) shown += clause;
    } finally {
      close();
    }
    if (!mute) await speaker.room(signal);
  }
  if (job.audible) await speaker.drained(signal);
  if (mute && shown !== '') out.event('caption', { turn, text: shown, from: 0, to: 0 });
  return { shown };
}

/** The words of the reply as they come; tool calls are reported on the way. */
async function* words(job: ReplyJob, signal: AbortSignal): AsyncGenerator<string> {
  const { turn, input, out, marks } = job;
  if (input.kind === 'announcement' || input.kind === 'apology') {
    out.event('token', { turn, delta: input.text });
    marks.source(input.kind === 'apology' ? 'apology' : 'reflex');
    yield input.text;
    return;
  }
  const open = new OpenCall(job);
  try {
    yield* answer(job, open, signal);
  } finally {
    open.leave();
  }
}

async function* answer(job: ReplyJob, open: OpenCall, signal: AbortSignal): AsyncGenerator<string> {
  const { turn, out, marks } = job;
  for await (const event of job.engines.mind.reply(job.query, signal)) {
    switch (event.type) {
      case 'text':
        out.event('token', { turn, delta: event.delta });
        yield event.delta;
        break;
      case 'toolCall':
        open.begin(event);
        break;
      case 'toolResult':
        open.end();
        marks.action({ tool: event.tool, args: event.args, ok: event.ok });
        out.event('tool.result', { turn, tool: event.tool, args: event.args, ok: event.ok, output: event.output });
        break;
      case 'route':
        out.event('route', { turn, ...event.route });
        break;
      case 'memories':
        marks.memories(event.ids);
        out.event('memories', { turn, ids: event.ids });
        break;
      case 'done':
        marks.source(event.source);
    }
  }
}

/** The tool that a turn waits for. Whoever was shown a call is shown what became of it, also when the turn has gone. */
class OpenCall {
  #call: { tool: string; args: Record<string, unknown> } | undefined;

  constructor(private readonly job: Pick<ReplyJob, 'out' | 'turn'>) {}

  begin({ tool, args }: { tool: string; args: Record<string, unknown> }): void {
    this.#call = { tool, args };
    this.job.out.event('tool.call', { turn: this.job.turn, tool, args });
  }

  end(): void {
    this.#call = undefined;
  }

  /** The turn is over before the call is. */
  leave(): void {
    if (this.#call === undefined) return;
    const { out, turn } = this.job;
    out.event('tool.result', { turn, ...this.#call, ok: true, output: 'It goes on without this turn.', later: true });
    this.#call = undefined;
  }
}
