import { isSure, likeliest } from '@twin/pipecat-app/mind/meaning/choose.js';
import type { Labelled } from '@twin/pipecat-app/mind/meaning/labelled.js';
import type { MeaningFile } from '@twin/pipecat-app/mind/meaning/meaning-file.js';
import type { Judged } from './judged.js';

/** The likeliest candidate of a sentence; `p` is -1 when there is none. */
export type Best = {
  one: Labelled;
  p: number;
  right: boolean;
  gated: boolean;
  /** An example word for word. */
  sure: boolean;
  what: string;
  /** Where the right candidate is: first, behind, with other arguments, or nowhere. */
  where: 'first' | 'behind' | 'other arguments' | 'absent';
};

export function bestOf(judged: readonly Judged[], learned: Pick<MeaningFile, 'scale' | 'nets'>): Best[] {
  return judged.map(({ one, candidates }) => {
    const top = likeliest(
      candidates.map(({ candidate }) => candidate),
      learned,
    );
    const its = candidates.find(({ candidate }) => candidate === top?.candidate);
    const { target, filling } = top?.candidate ?? {};
    const called = candidates.some(
      ({ candidate }) => (candidate.target.call ?? `=${candidate.target.reply}`) === one.meant[0]?.call,
    );
    const right = its?.right ?? false;
    return {
      one,
      p: top?.p ?? -1,
      right,
      gated: target?.risk === 'sensitive',
      sure: top !== undefined && isSure(top, { act: 2, actGated: 2 }),
      what: target === undefined ? '' : `${target.call ?? target.reply} ${JSON.stringify(filling?.args)}`,
      where: right ? 'first' : candidates.some((it) => it.right) ? 'behind' : called ? 'other arguments' : 'absent',
    };
  });
}

type Thresholds = Pick<MeaningFile, 'act' | 'actGated' | 'ask'>;
export const acts = ({ p, gated, sure }: Best, { act, actGated, ask }: Thresholds): boolean =>
  p >= (gated ? actGated : act) || (sure && p >= ask);

/** Thresholds with which most commands are done right, while of the conversation no more than these shares are acted on and asked about. */
export function leastFor(of: readonly Best[], { acted, asked }: { acted: number; asked: number }): Thresholds {
  const talk = of.filter(({ one }) => one.meant.length === 0);
  const commands = of.filter(({ one, right }) => one.meant.length === 1 && right);
  const steps = Array.from({ length: 99 }, (_, i) => (i + 1) / 100);
  const room = Math.floor(acted * talk.length);
  const count = (its: readonly Best[], gated: boolean, least: number): number =>
    its.filter((one) => one.gated === gated && one.p >= least).length;
  let best = { act: 1, actGated: 1, right: -1 };
  for (const act of steps)
    for (const actGated of steps) {
      if (count(talk, false, act) + count(talk, true, actGated) > room) continue;
      const right = count(commands, false, act) + count(commands, true, actGated);
      if (right > best.right) best = { act, actGated, right };
    }
  const ask = steps.find((least) => talk.filter(({ p }) => p >= least).length <= asked * talk.length) ?? 1;
  return { act: best.act, actGated: best.actGated, ask: Math.min(ask, best.act) };
}

const percent = (part: number, of: number): string => `${((100 * part) / Math.max(1, of)).toFixed(1)} %`;

export function outcome(of: readonly Best[], thresholds: Thresholds): string {
  const commands = of.filter(({ one }) => one.meant.length === 1);
  const talk = of.filter(({ one }) => one.meant.length === 0);
  const share = (its: readonly Best[], is: (one: Best) => boolean): string =>
    percent(its.filter(is).length, its.length);
  const doing = (one: Best): boolean => acts(one, thresholds);
  const asking = (one: Best): boolean => !doing(one) && one.p >= thresholds.ask;
  const free = commands.filter(({ gated }) => !gated);
  return [
    `act from ${thresholds.act}, with consent from ${thresholds.actGated}, ask from ${thresholds.ask}`,
    `of ${commands.length} commands right ${share(commands, (one) => one.right && doing(one))} (without those with consent ${share(free, (one) => one.right && doing(one))}), ` +
      `something else ${share(commands, (one) => !one.right && doing(one))}, ` +
      `asked rightly ${share(commands, (one) => one.right && asking(one))}, wrongly ${share(commands, (one) => !one.right && asking(one))}`,
    `of ${talk.length} sentences of conversation taken for a command ${share(talk, doing)}, asked about ${share(talk, asking)}`,
  ].join('\n');
}

/** How many commands go which way. */
export function classes(of: readonly Best[], thresholds: Thresholds): string {
  const counts = new Map<string, number>();
  for (const it of of.filter(({ one }) => one.meant.length === 1)) {
    const what = acts(it, thresholds) ? 'done' : it.p >= thresholds.ask ? 'asked' : 'left';
    const key = `${it.where}, ${what}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return [...counts]
    .sort(([, a], [, b]) => b - a)
    .map(([key, count]) => `  ${count} ${key}`)
    .join('\n');
}
