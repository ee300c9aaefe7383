import { execFile } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { sha256File } from '@twin/pipecat-app/models/checksum.js';
import { fetchByQuantizing, type QuantTarget } from '@twin/pipecat-app/models/quantize-source.js';
import { part } from '../parts/parts.js';

const run = promisify(execFile);
const OUTPUT_BYTES = 16 << 20;

/** A way to store the weights; without a target the file as it was fetched. */
export type Form = { name: string; entry: string; target?: QuantTarget };

export const FORMS: readonly Form[] = [
  { name: 'Q4_K_M', entry: 'gemma3-270m-q4_k_m' },
  { name: 'Q8_0', entry: 'gemma3-270m-q8_0', target: { to: 'q8_0', pure: false } },
  { name: 'Q4_0', entry: 'gemma3-270m-q4_0', target: { to: 'q4_0', pure: false } },
  { name: 'Q4_0 pure', entry: 'gemma3-270m-q4_0-pure', target: { to: 'q4_0', pure: true } },
];

/** The generic download that a CPU without SSE4.2 runs first, then our own builds. */
export const BUILDS = ['x86-64', 'core2', 'x86-64-v2', 'x86-64-v3'] as const;
export type Build = (typeof BUILDS)[number];

export type ModelFile = { path: string; bytes: number; sha256: string };

/** The file of a form, made anew from `base` as `twin models quantize` does; its size and checksum are told. */
export async function fileOf(form: Form, base: string, dir: string): Promise<ModelFile> {
  let path = base;
  if (form.target) {
    path = join(dir, `${form.entry}.gguf`);
    await fetchByQuantizing(form.target, base, {
      program: part('llama-quantize', 'core2'),
      model: { bytes: 0 },
      partPath: path,
      workDir: join(dir, 'work'),
      signal: new AbortController().signal,
      report: () => {},
    });
  }
  return { path, bytes: (await stat(path)).size, sha256: await sha256File(path) };
}

/** Tokens per second. */
export type Speed = { prompt: number; answer: number };

/** One run of llama-bench with one thread: `prompt` tokens read at once, then `answer` tokens one by one. */
export async function speedOf(build: Build, model: string, tokens: Speed): Promise<Speed> {
  const args = [
    '-m',
    model,
    '-t',
    '1',
    '-p',
    String(tokens.prompt),
    '-n',
    String(tokens.answer),
    '-r',
    '1',
    '-o',
    'json',
  ];
  const { stdout } = await run(part('llama-bench', build), args, { maxBuffer: OUTPUT_BYTES });
  return readSpeed(stdout);
}

/** The speeds in llama-bench's JSON. */
export function readSpeed(json: string): Speed {
  const rows = JSON.parse(json) as { n_prompt: number; n_gen: number; avg_ts: number }[];
  const speed = (row: (typeof rows)[number] | undefined): number => row?.avg_ts ?? Number.NaN;
  return { prompt: speed(rows.find((row) => row.n_gen === 0)), answer: speed(rows.find((row) => row.n_prompt === 0)) };
}

export type Perplexity = { value: number; error: number };

/** Perplexity of the model on a text, over the first `chunks` pieces of 512 tokens. */
export async function perplexityOf(build: Build, model: string, text: string, chunks: number): Promise<Perplexity> {
  const args = ['-m', model, '-f', text, '-c', '512', '--chunks', String(chunks)];
  const { stdout, stderr } = await run(part('llama-perplexity', build), args, { maxBuffer: OUTPUT_BYTES });
  return readPerplexity(stdout + stderr);
}

/** The last line of llama-perplexity. @throws when it is missing. */
export function readPerplexity(text: string): Perplexity {
  const [, value, error] = /Final estimate: PPL = ([\d.]+) \+\/- ([\d.]+)/.exec(text) ?? [];
  if (value === undefined) throw new Error(`llama-perplexity gave no estimate:\n${text.slice(-500)}`);
  return { value: Number(value), error: Number(error) };
}
