import { describe, expect, it } from 'vitest';
import { readSettings } from './settings.js';

const ENOUGH = {
  TWIN_SERVICE: 'llama-api-writing',
  TWIN_RPC_SERVICE: 'writing-expert-rpc',
  TWIN_HEAD_PORT: '20001',
  TWIN_MODEL_LIST: '[{"name":"small","file":"small.gguf"}]',
  TWIN_MODELS: '/models',
  TWIN_LLAMA: '/llama',
  TWIN_BUILD_ID: '3.22.1',
};

describe('settings of a head', () => {
  it('the name of the expert is what follows llama-api-', () => {
    expect(readSettings(ENOUGH)).toMatchObject({ expert: 'writing', workerCount: 0, rpcWaitS: 60, cacheRamMb: 128 });
  });

  it('0 threads are all cores', () => {
    expect(readSettings({ ...ENOUGH, TWIN_THREADS: '0' }).threads).toBeGreaterThan(0);
    expect(readSettings({ ...ENOUGH, TWIN_THREADS: '3' }).threads).toBe(3);
  });

  it('every problem is named at once', () => {
    const wrong = { ...ENOUGH, TWIN_SERVICE: 'writing', TWIN_CONTEXT: 'many', TWIN_BUILD_ID: '' };
    expect(() => readSettings(wrong)).toThrow(
      /TWIN_SERVICE must begin[\s\S]*TWIN_BUILD_ID is missing[\s\S]*TWIN_CONTEXT must be/,
    );
  });

  it.each([
    ['no list', '', 'names no model'],
    ['an empty list', '[]', 'names no model'],
    ['no JSON', '{', 'not JSON'],
    ['an entry without a file', '[{"name":"a"}]', 'model 1 has no file'],
    ['a file elsewhere', '[{"name":"a","file":"../../etc/passwd"}]', 'outside the folder of models'],
    ['the folder above', '[{"name":"a","file":".."}]', 'outside the folder of models'],
  ])('a model list with %s is refused', (_what, list, words) => {
    expect(() => readSettings({ ...ENOUGH, TWIN_MODEL_LIST: list })).toThrow(words);
  });
});
