import { join } from 'node:path';
import type { Instance } from '../consul-agent.js';
import type { HeadSettings, ModelEntry } from './settings.js';

/**
 * The command line of `llama-server` for one model. Every slot gets the whole context: a shared one would let a stranger's
 * long question push out a prefix that is kept warm.
 */
export function serverArguments(settings: HeadSettings, model: ModelEntry, workers: readonly Instance[]): string[] {
  const threads = String(settings.threads);
  return [
    ...['--model', join(settings.modelsDir, model.file), '--alias', model.name, '--offline'],
    ...['--host', settings.host, '--port', String(settings.port)],
    ...['--ctx-size', String(contextOf(settings, model) * settings.slots), '--parallel', String(settings.slots)],
    '--no-kv-unified',
    // No spinning while there is nothing to do: a node has two cores, and other work.
    ...['--threads', threads, '--threads-batch', threads, '--poll', '0'],
    // The default of 8 GiB is a whole node.
    ...['--cache-ram', String(settings.cacheRamMb)],
    ...['--metrics', '--slots', '--no-webui', '--log-prefix', '--log-colors', 'off'],
    // A model that looks back over a window only would evaluate everything again after a restore.
    ...(settings.slotsDir === '' ? [] : ['--slot-save-path', settings.slotsDir, '--swa-full']),
    ...placement(model, workers),
  ];
}

/** Tokens that one slot holds. */
export function contextOf(settings: Pick<HeadSettings, 'context'>, model: ModelEntry): number {
  return Math.min(settings.context, model.context ?? settings.context);
}

/** With workers the layers are dealt out evenly, one share to the head where the number of layers is known. */
function placement(model: ModelEntry, workers: readonly Instance[]): string[] {
  if (workers.length === 0) return ['--device', 'none', '--gpu-layers', '0', '--fit', 'off'];
  const away = model.layers ? Math.round((model.layers * workers.length) / (workers.length + 1)) : 99;
  return [
    ...['--rpc', workers.map(({ address, port }) => `${address}:${port}`).join(',')],
    ...['--device', workers.map((_, i) => `RPC${i}`).join(',')],
    ...['--gpu-layers', String(away), '--split-mode', 'layer'],
    // Fitting asks every worker for its memory, over and over.
    ...['--fit', 'off'],
  ];
}
