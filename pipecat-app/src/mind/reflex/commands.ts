import { LineCounter, type Node, parseDocument } from 'yaml';
import { z } from 'zod';
import { TwinError } from '../../errors.js';
import { textReader } from './free-text.js';
import { listReader, SLOT_TYPES, type SlotReader } from './slots.js';
import { parseTemplate, type Template, TemplateError } from './template.js';

const sentenceList = z.array(z.string().min(1)).min(1);
const command = z
  .strictObject({
    /** `tool.method`; may be missing when `reply` is all there is to do. */
    call: z
      .string()
      .regex(/^[a-z_]+\.[a-z_]+$/, 'must be tool.method')
      .optional(),
    /** Fixed arguments; slots come on top. */
    args: z.record(z.string(), z.unknown()).default({}),
    /** Said instead of the tool's own words; `{output}` and `{argument}` are filled in. */
    reply: z.string().optional(),
    /** True: needs no more words even when a longer command begins the same way. */
    immediate: z.boolean().default(false),
    say: sentenceList,
    /** Other ways to say it, compared by meaning only; marked like the examples of a method. */
    like: z.array(z.string().min(1)).default([]),
  })
  .refine((c) => c.call !== undefined || c.reply !== undefined, { message: 'needs a call or a reply' });

const shape = z.strictObject({
  /** What an ear should expect, as one sentence list. */
  hints: z.string().default(''),
  /** Lists that slots can name: what people say → what the tool gets. */
  lists: z.record(z.string(), z.union([z.array(z.string()), z.record(z.string(), z.string())])).default({}),
  /** Word of a template → what ears write instead. */
  mishearings: z.record(z.string(), z.array(z.string())).default({}),
  commands: z.array(command).min(1),
});

export type Command = {
  call?: string;
  args: Readonly<Record<string, unknown>>;
  reply?: string;
  immediate: boolean;
  templates: readonly Template[];
  /** Examples for the comparison by meaning, with marks. */
  like: readonly string[];
};

export type CommandSet = {
  hints: string;
  mishearings: Readonly<Record<string, readonly string[]>>;
  slots: Readonly<Record<string, SlotReader>>;
  /** What people say for the entries of each list. */
  lists: Readonly<Record<string, readonly string[]>>;
  commands: readonly Command[];
};

/**
 * Reads `commands.yaml`.
 * @throws TwinError `TWIN_COMMANDS` that names line and sentence of every problem.
 */
export function parseCommands(yaml: string): CommandSet {
  const lines = new LineCounter();
  const document = parseDocument(yaml, { lineCounter: lines });
  const lineOf = (path: readonly PropertyKey[]): number => {
    for (let depth = path.length; depth >= 0; depth--) {
      const node = document.getIn(path.slice(0, depth), true) as Node | undefined;
      if (node?.range) return lines.linePos(node.range[0]).line;
    }
    return 1;
  };
  const problems = document.errors.map((e) => `line ${lines.linePos(e.pos[0]).line}: ${e.message.split('\n')[0]}`);
  const checked = problems.length === 0 ? shape.safeParse(document.toJS()) : undefined;
  for (const issue of checked?.error?.issues ?? []) {
    problems.push(`line ${lineOf(issue.path)}: ${issue.path.join('.')}: ${issue.message}`);
  }
  if (!checked?.success) throw failure(problems);
  const file = checked.data;

  const slots: Record<string, SlotReader> = { ...SLOT_TYPES, text: textReader };
  const lists: Record<string, string[]> = {};
  for (const [name, list] of Object.entries(file.lists)) {
    lists[name] = Array.isArray(list) ? list : Object.keys(list);
    slots[name] = listReader(Array.isArray(list) ? Object.fromEntries(list.map((said) => [said, said])) : list);
  }
  const types = new Set(Object.keys(slots));
  const commands = file.commands.map((one, i): Command => {
    const templates = one.say.flatMap((sentence, k) => {
      try {
        return [parseTemplate(sentence, types)];
      } catch (error) {
        if (!(error instanceof TemplateError)) throw error;
        problems.push(
          `line ${lineOf(['commands', i, 'say', k])}: "${sentence}": ${error.message} (character ${error.at + 1})`,
        );
        return [];
      }
    });
    return {
      args: one.args,
      immediate: one.immediate,
      templates,
      like: one.like,
      ...(one.call === undefined ? {} : { call: one.call }),
      ...(one.reply === undefined ? {} : { reply: one.reply }),
    };
  });
  if (problems.length > 0) throw failure(problems);
  return { hints: file.hints, mishearings: file.mishearings, slots, lists, commands };
}

function failure(problems: readonly string[]): TwinError {
  return new TwinError('TWIN_COMMANDS', `${problems.length} problem(s) in the commands:\n  ${problems.join('\n  ')}`, {
    next: 'Correct these lines.',
  });
}
