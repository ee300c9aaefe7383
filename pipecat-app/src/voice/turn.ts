/**
 * The turn machine: who has the floor, decided from events alone. Pure and total: every state takes every event, nothing
 * here waits, reads a clock or touches sound. All positions are microphone samples (16 000 per second).
 */
import { type EndpointRules, isBackchannel, waitSamples } from './endpoint.js';

/** Something the agent answers (`voice`, `text`) or says by itself (`announcement`, `apology`). */
export type Input = {
  kind: 'voice' | 'text' | 'announcement' | 'apology';
  text: string;
  /** Last sample of the user's speech; -1 where nobody spoke. */
  spokeUntil: number;
};

/** What the user's voice is doing. `mark` numbers silences, so that late timers and transcripts are recognised. */
export type Ears =
  | { is: 'quiet' }
  | { is: 'speaking'; from: number }
  | { is: 'silent'; from: number; to: number; mark: number; deadline: number; text: string | null; due: boolean };

/** The one live reply. `ending`: cancelled, its effect has not reported `ended` yet. */
export type Reply = {
  turn: number;
  is: 'thinking' | 'speaking' | 'ending';
  held: boolean;
  /** What an announcement says, so that it is said again when a barge-in left nothing of it to hear. */
  announced?: string;
};

export type State = {
  readonly ears: Ears;
  readonly reply: Reply | null;
  /** Inputs that wait for the floor, in order. */
  readonly queue: readonly Input[];
  /** Number of the newest turn; 0 before the first. */
  readonly turn: number;
  readonly mark: number;
};

export type Event =
  /** Speech, new or again after a silence; `at` is its first sample. */
  | { type: 'started'; at: number }
  /** The voice fell silent; `at` is the sample after its last one. */
  | { type: 'silent'; at: number }
  /** What was seen as speech was none (too short, not a voice). */
  | { type: 'misfire' }
  /** Words; `final` ones belong to the silence `mark`, partial ones to whatever is being said. `at`: now. */
  | { type: 'heard'; text: string; final: boolean; mark: number; complete: boolean; at: number }
  /** The words of silence `mark` cannot be had; `say` is what to tell the user. */
  | { type: 'deaf'; mark: number; say: string }
  /** The clock reached a sample asked for by `wait`. */
  | { type: 'timer'; mark: number; at: number }
  /** The microphone was closed: what was said so far is all. */
  | { type: 'micClosed'; at: number }
  | { type: 'typed'; text: string }
  | { type: 'announce'; text: string }
  /** Esc, or a spoken "stop": end the reply and forget the utterance. */
  | { type: 'stop' }
  /** The first sample of the reply went to the loudspeaker. */
  | { type: 'audible'; turn: number }
  /** The reply's effect is over; `answer` is exactly what was heard or shown. Exactly one per reply. */
  | { type: 'ended'; turn: number; answer: string; whole: boolean };

export type Step =
  | { do: 'transcribe'; from: number; to: number; mark: number }
  /** Post `timer` when the microphone reaches sample `until`. */
  | { do: 'wait'; until: number; mark: number }
  | { do: 'reply'; turn: number; input: Input }
  | { do: 'cancel'; turn: number }
  | { do: 'hold'; turn: number }
  | { do: 'resume'; turn: number }
  | { do: 'commit'; turn: number; answer: string; whole: boolean }
  /** Forget the utterance; its partial words disappear. */
  | { do: 'drop' };

export const initial: State = { ears: { is: 'quiet' }, reply: null, queue: [], turn: 0, mark: 0 };

const live = (reply: Reply | null): reply is Reply => reply !== null && reply.is !== 'ending';

/** A reply that is not cancelled and not yet held is paused while somebody speaks over it. */
function hold(state: State): [State, Step[]] {
  if (!live(state.reply) || state.reply.held) return [state, []];
  return [{ ...state, reply: { ...state.reply, held: true } }, [{ do: 'hold', turn: state.reply.turn }]];
}

function cancel(state: State): [State, Step[]] {
  if (!live(state.reply)) return [state, []];
  const reply: Reply = { ...state.reply, is: 'ending', held: false };
  return [{ ...state, reply }, [{ do: 'cancel', turn: reply.turn }]];
}

/** Nothing was said after all: the reply goes on at the same sample, a waiting input gets the floor. */
function dropUtterance(state: State): [State, Step[]] {
  const steps: Step[] = [{ do: 'drop' }];
  let after: State = { ...state, ears: { is: 'quiet' } };
  if (live(after.reply) && after.reply.held) {
    steps.push({ do: 'resume', turn: after.reply.turn });
    after = { ...after, reply: { ...after.reply, held: false } };
  }
  return and([after, steps], grant);
}

/** Gives the floor to the next input if nobody has it; announcements wait until the user is quiet and has been answered. */
function grant(state: State): [State, Step[]] {
  if (state.reply !== null) return [state, []];
  const asked = state.queue.findIndex((input) => input.kind !== 'announcement');
  const index = asked === -1 && state.ears.is === 'quiet' ? 0 : asked;
  const input = state.queue[index];
  if (input === undefined) return [state, []];
  const turn = state.turn + 1;
  const queue = state.queue.filter((_, i) => i !== index);
  const announced = input.kind === 'announcement' ? { announced: input.text } : {};
  const reply: Reply = { turn, is: 'thinking', held: false, ...announced };
  return [{ ...state, turn, queue, reply }, [{ do: 'reply', turn, input }]];
}

function and([state, steps]: [State, Step[]], then: (state: State) => [State, Step[]]): [State, Step[]] {
  const [after, more] = then(state);
  return [after, [...steps, ...more]];
}

const announcement = (text: string | undefined): Input[] =>
  text === undefined ? [] : [{ kind: 'announcement', text, spokeUntil: -1 }];

const ask =
  (input: Input) =>
  (state: State): [State, Step[]] =>
    and(cancel({ ...state, queue: [...state.queue, input] }), grant);

/** The user has finished: the utterance becomes an input. */
function turnOver(state: State, text: string, to: number): [State, Step[]] {
  return ask({ kind: 'voice', text, spokeUntil: to })({ ...state, ears: { is: 'quiet' } });
}

function fellSilent(state: State, at: number, rules: EndpointRules, overAt: number | null): [State, Step[]] {
  if (state.ears.is !== 'speaking') return [state, []];
  const { from } = state.ears;
  const to = Math.max(from, at);
  const shortest =
    state.reply !== null && live(state.reply) && state.reply.held ? rules.coughSamples : rules.minSpeechSamples;
  if (to - from < shortest) return dropUtterance(state);
  const mark = state.mark + 1;
  const deadline = overAt ?? to + rules.redemptionSamples;
  const ears: Ears = { is: 'silent', from, to, mark, deadline, text: null, due: overAt !== null };
  const steps: Step[] = [{ do: 'transcribe', from, to, mark }];
  if (overAt === null) steps.push({ do: 'wait', until: deadline, mark });
  return [{ ...state, mark, ears }, steps];
}

function heardFinal(state: State, event: Extract<Event, { type: 'heard' }>, rules: EndpointRules): [State, Step[]] {
  const { ears } = state;
  if (ears.is !== 'silent' || event.mark !== ears.mark) return heardPartial(state, event);
  const over = live(state.reply) && state.reply.held;
  if (event.text === '' || (over && isBackchannel(event.text))) return dropUtterance(state);
  return and(over ? cancel(state) : [state, []], (s) => {
    const deadline = ears.to + waitSamples(event.text, event.complete, rules);
    if (ears.due || event.at >= deadline) return turnOver(s, event.text, ears.to);
    return [
      { ...s, ears: { ...ears, text: event.text, deadline } },
      [{ do: 'wait', until: deadline, mark: ears.mark }],
    ];
  });
}

/** Two words that are no backchannel, said over a reply, are an interruption before the sentence has ended. */
function heardPartial(state: State, event: Extract<Event, { type: 'heard' }>): [State, Step[]] {
  const words = event.text.split(/\s+/).filter(Boolean).length;
  if (state.ears.is !== 'speaking' || !live(state.reply) || !state.reply.held) return [state, []];
  return words >= 2 && !isBackchannel(event.text) ? cancel(state) : [state, []];
}

/** The one transition function. `rules` are the session's knobs, in samples. */
export function next(state: State, event: Event, rules: EndpointRules): [State, Step[]] {
  const { ears, reply } = state;
  switch (event.type) {
    case 'started':
      if (ears.is === 'speaking') return [state, []];
      return hold({ ...state, ears: { is: 'speaking', from: ears.is === 'silent' ? ears.from : event.at } });
    case 'silent':
      return fellSilent(state, event.at, rules, null);
    case 'misfire':
      return ears.is === 'speaking' ? dropUtterance(state) : [state, []];
    case 'heard':
      return event.final ? heardFinal(state, event, rules) : heardPartial(state, event);
    case 'deaf':
      if (ears.is !== 'silent' || ears.mark !== event.mark) return [state, []];
      return and(
        [{ ...state, ears: { is: 'quiet' } }, [{ do: 'drop' }]],
        ask({ kind: 'apology', text: event.say, spokeUntil: ears.to }),
      );
    case 'timer':
      if (ears.is !== 'silent' || ears.mark !== event.mark || event.at < ears.deadline) return [state, []];
      if (ears.text === null) return [{ ...state, ears: { ...ears, due: true } }, []];
      return turnOver(state, ears.text, ears.to);
    case 'micClosed':
      if (ears.is === 'speaking') return fellSilent(state, event.at, rules, event.at);
      if (ears.is !== 'silent') return [state, []];
      return ears.text === null
        ? [{ ...state, ears: { ...ears, due: true } }, []]
        : turnOver(state, ears.text, ears.to);
    case 'typed':
      return ask({ kind: 'text', text: event.text, spokeUntil: -1 })(state);
    case 'announce':
      return grant({ ...state, queue: [...state.queue, ...announcement(event.text)] });
    case 'stop': {
      const queue = state.queue.filter((input) => input.kind === 'announcement');
      const { announced: _, ...unsaid } = reply ?? { turn: 0, is: 'ending', held: false };
      const stopped = cancel({ ...state, queue, ears: { is: 'quiet' }, reply: reply && unsaid });
      return and(ears.is === 'quiet' ? stopped : and(stopped, (s) => [s, [{ do: 'drop' }]]), grant);
    }
    case 'audible':
      if (reply === null || reply.turn !== event.turn || reply.is !== 'thinking') return [state, []];
      return [{ ...state, reply: { ...reply, is: 'speaking' } }, []];
    case 'ended': {
      if (reply === null || reply.turn !== event.turn) return [state, []];
      const { turn, answer, whole } = event;
      const again = reply.is === 'ending' && answer === '' ? announcement(reply.announced) : [];
      const after: State = { ...state, reply: null, queue: [...state.queue, ...again] };
      return and([after, [{ do: 'commit', turn, answer, whole }]], grant);
    }
  }
}

/** What a person sees. */
export function publicState(state: State): 'idle' | 'listening' | 'thinking' | 'speaking' {
  if (state.ears.is !== 'quiet') return 'listening';
  if (!live(state.reply)) return 'idle';
  return state.reply.is === 'thinking' ? 'thinking' : 'speaking';
}
