import { type Command, Option } from 'commander';
import { readConfig } from '../config.js';
import { CATALOGUE_FILE, loadCatalogue, type Model } from '../models/catalogue.js';
import { ModelStore } from '../models/store.js';

/** Options of every `twin models` command. */
export type Shared = { output: 'table' | 'json'; catalogue: string };

export function withShared(command: Command): Command {
  return command
    .addOption(new Option('-o, --output <form>', 'form of the output').choices(['table', 'json']).default('table'))
    .addOption(
      new Option('--catalogue <file>', 'catalogue of models').default(CATALOGUE_FILE, 'the one of the project'),
    );
}

/** Runs a command whose work Ctrl-C aborts cleanly; the exit code is then 130. */
export async function interruptible(
  run: (signal: AbortSignal) => Promise<void>,
  stopped = 'what was fetched so far is kept and continued by the next pull',
): Promise<void> {
  const interrupt = new AbortController();
  const stop = (): void => interrupt.abort();
  process.once('SIGINT', stop).once('SIGTERM', stop);
  try {
    await run(interrupt.signal);
  } catch (error) {
    if (!interrupt.signal.aborted) throw error;
    process.stderr.write(`Stopped; ${stopped}.\n`);
    process.exitCode = 130;
  } finally {
    process.off('SIGINT', stop).off('SIGTERM', stop);
  }
}

/** The models folder with the catalogue in `file`. */
export function openStore(catalogue: string): ModelStore {
  return new ModelStore(readConfig().TWIN_MODELS, loadCatalogue(catalogue, readConfig().TWIN_MODELS));
}

/** What is told about an entry in JSON. */
export function summary({ name, kind, file, bytes, sha256, license, ramMb, default: isDefault }: Model) {
  return { name, kind, file, bytes, sha256, license: license.id, ramMb, default: isDefault };
}

export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}
