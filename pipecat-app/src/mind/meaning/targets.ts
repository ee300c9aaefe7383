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
 * @param more Marked examples besides, by `keyOf` their target; of several with one key the first gets them
 */
export function targetsOf(
  set: CommandSet,
  methods: readonly MethodListing[],
  more: Readonly<Record<string, readonly string[]>> = {},
): Target[] {
  const known = new Map(methods.map((method) => [method.name, { method, shape: shapeOf(method.args) }]));
  const left = new Map(Object.entries(more));
  const moreOf = (target: Pick<Target, 'call' | 'reply' | 'args'>): readonly string[] => {
    const its = left.get(keyOf(target)) ?? [];
    left.delete(keyOf(target));
    return its;
  };
  const commands = set.commands.flatMap(({ call, args, reply, templates, like }): Target[] => {
    const its = call === undefined ? undefined : known.get(call);
    if (call !== undefined && its === undefined) return [];
    const variants = templates.flatMap((template) => variantsOf(template, set));
    const marked = [...like, ...moreOf({ call, reply, args })];
    const examples = [...variants, ...marked.map((one) => methodExample(one, its?.shape ?? {}, kindsIn(variants)))];
    return [{ ...shared(its), examples: distinct(examples), call, reply, args }];
  });
  const tools = [...known.values()].flatMap((its): Target[] => {
    const { name, marked } = its.method;
    if (marked === undefined || marked.length === 0) return [];
    const itself = { call: name, reply: undefined, args: {} };
    const examples = [...marked, ...moreOf(itself)].map((one) => methodExample(one, its.shape));
    return [{ ...shared(its), examples: distinct(examples), ...itself }];
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
