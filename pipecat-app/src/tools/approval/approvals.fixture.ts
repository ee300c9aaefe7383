import { Approvals } from './approvals.js';
import type { AuditWhat } from './audit-chain.js';
import { type Policy, ruled } from './policy.js';

export type Stage = {
  approvals: Approvals;
  /** What went into the audit log. */
  noted: { what: AuditWhat; details: Record<string, string> }[];
  /** What was said to others than the one who asked. */
  said: string[];
  now(): number;
  /** Lets time pass. */
  pass(ms: number): void;
  settle(): Promise<void>;
};

/** The gate with a clock of its own and nothing on disk. */
export function approvalStage(policy: Policy = { methods: {} }, append?: () => Promise<void>): Stage {
  let now = 1_000_000;
  let current = policy;
  let timers: { at: number; run: () => void }[] = [];
  const noted: Stage['noted'] = [];
  const said: string[] = [];
  const approvals = new Approvals({
    policy: {
      ruleOf: (tool, risk, role) => ruled(current, tool, risk, role).rule,
      get current() {
        return current;
      },
      save: async (next) => {
        current = next;
      },
    },
    audit: {
      append: async (what, details) => {
        await append?.();
        noted.push({ what, details });
      },
    },
    timeoutMs: 300_000,
    announce: (_, text) => said.push(text),
    onProblem: () => undefined,
    now: () => now,
    after: (ms, run) => {
      const timer = { at: now + ms, run };
      timers.push(timer);
      return () => {
        timers = timers.filter((each) => each !== timer);
      };
    },
  });
  return {
    approvals,
    noted,
    said,
    now: () => now,
    pass: (ms) => {
      now += ms;
      const due = timers.filter(({ at }) => at <= now);
      timers = timers.filter(({ at }) => at > now);
      for (const { run } of due) run();
    },
    settle: async () => {
      for (let i = 0; i < 4; i++) await new Promise((resolve) => setImmediate(resolve));
    },
  };
}
