import type { Caller, Controls, Method, ToolResult } from './tool.js';

/** A checked call that has not run. `args` are frozen all the way down, and what `run` gives to the tool. */
export type AskedCall = {
  /** `tool.method` */
  tool: string;
  args: Readonly<Record<string, unknown>>;
  /** What it will do, in plain words. */
  effect: string;
  risk: Method['risk'];
  spokenConsent: boolean;
  caller: Caller;
  controls: Controls;
  /** Runs the call with exactly `args`; whoever does so answers `allowed: false` to the one who asked. */
  run(signal: AbortSignal): Promise<ToolResult>;
};

export type ConsentAnswer =
  /** `ended` is told how the call went, once. */
  | { allowed: true; ended?(result: ToolResult): void }
  /** `words` are said. With `code` `TWIN_ASKING` a person is asked first, and the call runs later by itself. */
  | { allowed: false; code: string; words: string };

/** The gate before every call of every door. */
export interface Consent {
  /** @throws AbortError when `signal` aborts while a person is asked. */
  decide(asked: AskedCall, signal: AbortSignal): Promise<ConsentAnswer>;
}

/** For a registry where nobody can be asked. */
export const needsConsent: Consent = {
  decide: async ({ risk }) =>
    risk === 'sensitive'
      ? { allowed: false, code: 'TWIN_DENIED', words: 'I may not do that here, because nobody can approve it.' }
      : { allowed: true },
};
