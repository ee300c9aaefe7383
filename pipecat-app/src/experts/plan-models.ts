import { type Model, QUANTS } from '../models/catalogue.js';
import { derivedEntry, derivedNames } from '../models/quantize.js';
import type { QuantTarget } from '../models/quantize-source.js';
import { estimateBytes } from './plan-physics.js';
import type { PlanFile, PlanModel } from './plan-types.js';

/**
 * Forms that can be made of every language model. On a CPU without AVX pure q4_0 is by far the fastest, and q8_0 loses
 * nothing and is still faster than forms with k in their names.
 */
const ALWAYS: readonly QuantTarget[] = [
  { to: 'q4_0', pure: true },
  { to: 'q8_0', pure: false },
];

/** Rank of what a form loses against the original weights; lower is better. */
export const lossOf = ({ quant, pure }: Pick<PlanFile, 'quant' | 'pure'>): number =>
  2 * QUANTS.indexOf(quant) + (pure ? 1 : 0);

/**
 * The language models of a catalogue, in its order, each with its own file, the files that the catalogue has of it in
 * other forms, and the forms that can be made. Models whose form or shape the catalogue does not say are left out.
 */
export function planModels(models: readonly Model[]): PlanModel[] {
  return models.flatMap((base) => {
    const { kind, shape, quant, name, bytes, ramMb } = base;
    if (kind !== 'llm' || !shape || !quant || base.sources.some(({ type }) => type === 'quantize')) return [];
    const own: PlanFile = { entry: name, quant, pure: false, bytes, ramMb, loss: lossOf({ quant, pure: false }) };
    const files = [own, ...models.flatMap((entry) => derivedFile(entry, own))];
    for (const target of ALWAYS) {
      const { to, pure } = target;
      if (derivedEntry(models, base, target) || to === quant) continue;
      files.push({
        entry: derivedNames(base, target).name,
        quant: to,
        pure,
        bytes: estimateBytes(shape, to, pure),
        ramMb: 0,
        loss: Math.max(lossOf({ quant: to, pure }), own.loss),
        make: madeBy(name, target),
      });
    }
    return [{ name, shape, files }];
  });
}

/** The entry's file as a form of `base`, when it is one. A form made from `base` is never better than that. */
function derivedFile({ name, bytes, ramMb, sources }: Model, base: PlanFile): PlanFile[] {
  return sources.flatMap((one) => {
    if (one.type !== 'quantize' || one.from !== base.entry) return [];
    const { to: quant, pure } = one;
    const loss = Math.max(lossOf({ quant, pure }), base.loss);
    return [{ entry: name, quant, pure, bytes, ramMb, loss, make: madeBy(base.entry, one) }];
  });
}

const madeBy = (name: string, { to, pure }: QuantTarget): string =>
  `twin models quantize ${name} --to ${to}${pure ? ' --pure' : ''}`;
