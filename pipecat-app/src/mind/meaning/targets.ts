import type { z } from 'zod';
import type { MethodListing } from '../../tools/registry.js';
import type { CommandSet } from '../reflex/commands.js';
import { type Example, isSlot, methodExample, type Shape, type SlotKind, shapeOf, variantsOf } from './example.js';

/** Something that a sentence can mean: a command of `commands.yaml`, or a method that declares examples. */
export type Target = {
  /** `tool.method`, or undefined when there is only a reply. */
  call: string | undefined;
  reply: string | undefined;
  /** Arguments that are always the same. */
  args: Readonly<Record<string, unknown>>;
  risk: MethodListing['risk'];
  schema: z.ZodType<Record<string, unknown>> | undefined;
  required: readonly string[];
  examples: readonly Example[];
};

/** Names a target in `meaning.json`: its call or reply, and its fixed arguments. */
export const keyOf = ({ call, reply, args }: Pick<Target, 'call' | 'reply' | 'args'>): string =>
  [call ?? `=${reply ?? ''}`, ...(Object.keys(args).length === 0 ? [] : [JSON.stringify(args)])].join(' ');

/**
 * What can be meant: commands whose method is there, then methods with examples. A method that cannot be used here counts
 * too: its call says why.
 */
export function targetsOf(set: CommandSet, methods: readonly MethodListing[]): Target[] {
  const known = new Map(methods.map((method) => [method.name, { method, shape: shapeOf(method.args) }]));
  const commands = set.commands.flatMap(({ call, args, reply, templates, like }): Target[] => {
    const its = call === undefined ? undefined : known.get(call);
    if (call !== undefined && its === undefined) return [];
    const variants = templates.flatMap((template) => variantsOf(template, set));
    const examples = [...variants, ...like.map((marked) => methodExample(marked, its?.shape ?? {}, kindsIn(variants)))];
    return [{ ...shared(its), examples: distinct(examples), call, reply, args }];
  });
  const tools = [...known.values()].flatMap((its): Target[] => {
    const { name, marked } = its.method;
    if (marked === undefined || marked.length === 0) return [];
    const examples = marked.map((one) => methodExample(one, its.shape));
    return [{ ...shared(its), examples: distinct(examples), call: name, reply: undefined, args: {} }];
  });
  return [...commands, ...tools];
}

const shared = (its: { method: MethodListing; shape: Shape } | undefined) => ({
  risk: its?.method.risk ?? 'read',
  schema: its?.method.args,
  required: its?.shape.required ?? [],
});

const kindsIn = (examples: readonly Example[]): Map<string, SlotKind> =>
  new Map(examples.flatMap(({ tokens }) => tokens.filter(isSlot).map((slot) => [slot.arg, slot] as const)));

const distinct = (examples: readonly Example[]): Example[] => [
  ...new Map(examples.filter(({ text }) => text !== '').map((one) => [one.text, one])).values(),
];
