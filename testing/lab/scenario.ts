import type { Fault } from './faults.js';
import type { NodeRights } from './lab-state.js';
import type { Lab } from './open-lab.js';
import type { Outcome } from './run-command.js';

/** What a command must come to. Without `fails`, its exit code must be 0. */
export type Wanted = {
  /** Found in what it writes, in either stream. */
  sees?: RegExp;
  /** Not found there. */
  lacks?: RegExp;
  /** Its exit code must be another than 0. */
  fails?: boolean;
};

/** One step: a command and what it must come to, an act on a node or on the network, or a check in code. */
export type Step = { title: string } & (
  | ({
      /** A node's name, `every` for each of them, or `lab` for this machine inside the lab's network. */
      on: string;
      run: string;
      as?: 'root' | 'person';
      /** Ask again until it is so, at most so many seconds. */
      withinS?: number;
    } & Wanted)
  | { act: 'kill' | 'start' | 'reset' | 'freeze' | 'thaw' | 'plug' | 'unplug'; node: string }
  | { fault: Fault }
  | { heal: true }
  | { check: (lab: Lab, signal: AbortSignal | undefined) => Promise<void> }
);

/** A story with machines: what is there, what happens, and what must be seen. */
export type Scenario = {
  name: string;
  about: string;
  nodes: number;
  bpf?: boolean;
  share?: NodeRights['share'];
  /** Why it cannot run on this machine now; undefined when it can. */
  lacks?: () => Promise<string | undefined>;
  steps: readonly Step[];
};

/** What is wrong with an outcome; undefined when it is as wanted. */
export function complaint(outcome: Outcome, { sees, lacks, fails = false }: Wanted): string | undefined {
  const text = `${outcome.stdout}\n${outcome.stderr}`;
  const shown = text.trim().split('\n').slice(-20).join('\n') || '(nothing)';
  const saw = `exit code ${outcome.code}, saw:\n${shown}`;
  if (fails !== (outcome.code !== 0)) return `it should have ${fails ? 'failed' : 'succeeded'}; ${saw}`;
  if (sees && !sees.test(text)) return `${sees} was not seen; ${saw}`;
  if (lacks?.test(text)) return `${lacks} was seen; ${saw}`;
  return undefined;
}
