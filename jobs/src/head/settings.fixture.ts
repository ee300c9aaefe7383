import type { HeadSettings } from './settings.js';

/** Settings of a head, with what a test cares about changed. */
export function headSettings(changes: Partial<HeadSettings> = {}): HeadSettings {
  return {
    service: 'llama-api-writing',
    expert: 'writing',
    rpcService: 'writing-expert-rpc',
    instance: 'a1',
    host: '10.0.0.5',
    port: 20001,
    models: [{ name: 'large', file: 'large.gguf' }],
    modelsDir: '/models',
    llamaDir: '/llama',
    buildId: '3.22.1',
    persona: 'poet',
    context: 2048,
    slots: 2,
    threads: 2,
    memoryMb: 3000,
    rpcMemoryMb: 2000,
    cacheRamMb: 128,
    workerCount: 0,
    rpcWaitS: 60,
    startTimeoutS: 600,
    slotsDir: '',
    slotsMb: 1024,
    ...changes,
  };
}
