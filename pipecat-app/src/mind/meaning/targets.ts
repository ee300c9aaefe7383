import { z } from 'zod';
import type { MethodListing } from '../../tools/registry.js';
import type { Command, CommandSet } from '../reflex/commands.js';
import type { Edge, Template } from '../reflex/template.js';
import { words } from '../reflex/words.js';
import { canonical, typicalOf } from './spans.js';

/** Something that a sentence can mean: a command of `commands.yaml`, or a method that declares examples. */
export type Target = {
  call: string | undefined;
  reply: string | undefined;
  /** Fixed arguments; what is filled in comes on top. */
  args: Readonly<Record<string, unknown>>;
  risk: MethodListing['risk'];
  schema: z.ZodType<Record<string, unknown>> | undefined;
  /** Arguments that can be filled, with the type of their slot. */
  slots: readonly { arg: string; type: string }[];
  /** Sets of arguments of which one has to be filled whole. */
  ways: readonly (readonly string[])[];
  /** Plain sentences, lower case, with typical values in their slots. */
  sentences: readonly string[];
};

const MOST_VARIANTS = 8;
const NAME = 'pasta';

/** What can be meant: commands whose method is there, then methods with examples that can be used here. */
export function targetsOf(set: CommandSet, methods: readonly MethodListing[]): Target[] {
  const usable = methods.filter((method) => method.unavailable === undefined);
  const commands = set.commands.flatMap((command): Target[] => {
    const method = usable.find(({ name }) => name === command.call);
    return command.call !== undefined && method === undefined ? [] : [commandTarget(command, set, method)];
  });
  return [...commands, ...usable.filter(({ examples }) => examples?.length).map(methodTarget)];
}

function commandTarget(command: Command, set: CommandSet, method: MethodListing | undefined): Target {
  const slots = command.templates.flatMap(slotsOf);
  return {
    call: command.call,
    reply: command.reply,
    args: command.args,
    risk: method?.risk ?? 'read',
    schema: method?.args,
    slots: slots.filter((one, i) => slots.findIndex(({ arg, type }) => arg === one.arg && type === one.type) === i),
    ways: command.templates.flatMap(waysOf),
    sentences: [...new Set(command.templates.flatMap((template) => variantsOf(template, set)))],
  };
}

const slotsOf = (template: Template): { arg: string; type: string }[] =>
  template.edges.flat().flatMap((edge) => (edge.kind === 'slot' ? [{ arg: edge.arg, type: edge.type }] : []));

/** The arguments that each way through the template fills, names that people invent left out. */
function waysOf(template: Template): string[][] {
  const needed = slotsOf(template).filter(({ type, arg }) => type !== 'text' && !canSkip(template, arg));
  return [needed.map(({ arg }) => arg)];
}

function canSkip(template: Template, arg: string): boolean {
  const reached = new Set([0]);
  for (const node of reached)
    for (const edge of template.edges[node] ?? []) if (edge.kind !== 'slot' || edge.arg !== arg) reached.add(edge.to);
  return reached.has(template.end);
}

/** Up to `MOST_VARIANTS` sentences of a template, spread over all of them. */
export function variantsOf(template: Template, { lists }: Pick<CommandSet, 'lists'>): string[] {
  const said = (edge: Edge): string => {
    if (edge.kind === 'skip') return '';
    if (edge.kind === 'word') return edge.word;
    return typicalOf(edge.type) ?? lists[edge.type]?.[0] ?? NAME;
  };
  const all = new Set<string>();
  // Each round takes another of the edges at every fork, so that every alternative is said once in few sentences.
  for (let round = 0; round < 3 * MOST_VARIANTS && all.size < MOST_VARIANTS; round++) {
    const out: string[] = [];
    let fork = round;
    for (let node = 0; node !== template.end; ) {
      const edges = template.edges[node] ?? [];
      const edge = edges[fork % edges.length];
      if (edge === undefined) break;
      if (edges.length > 1) fork = Math.floor(fork / edges.length) + round;
      out.push(said(edge));
      node = edge.to;
    }
    all.add(out.filter(Boolean).join(' '));
  }
  return [...all];
}

function methodTarget({ name, args, risk, examples = [] }: MethodListing): Target {
  const { slots, required } = slotsOfSchema(args);
  return {
    call: name,
    reply: undefined,
    args: {},
    risk,
    schema: args,
    slots,
    ways: [required],
    sentences: [...new Set(examples.map((text) => canonical(words(text))).filter(Boolean))],
  };
}

type Property = { type?: string; enum?: unknown[] };

/** Slots out of the schema of a method: numbers, durations by their unit's name, and words of an enum (`enum:a|b`). */
function slotsOfSchema(args: z.ZodType): { slots: { arg: string; type: string }[]; required: string[] } {
  let shape: { properties?: Record<string, Property>; required?: string[] };
  try {
    shape = z.toJSONSchema(args, { io: 'input', unrepresentable: 'any' }) as typeof shape;
  } catch {
    shape = {};
  }
  const slots = Object.entries(shape.properties ?? {}).flatMap(([arg, { type, enum: words }]) => {
    if (words?.every((word) => typeof word === 'string')) return [{ arg, type: `enum:${words.join('|')}` }];
    if (type !== 'number' && type !== 'integer') return [];
    return [{ arg, type: /second/i.test(arg) ? 'duration' : /percent/i.test(arg) ? 'percent' : 'number' }];
  });
  return { slots, required: shape.required ?? [] };
}
