import { describe, expect, it } from 'vitest';
import type { Instance } from '../consul-agent.js';
import { contextOf, serverArguments } from './arguments.js';
import { headSettings } from './settings.fixture.js';

const MODEL = { name: 'large', file: 'large.gguf' };
const worker = (n: number): Instance => ({
  id: `w${n}`,
  node: `pc${n}`,
  address: `10.0.0.${n}`,
  port: 30_000 + n,
  meta: {},
  passing: true,
});

/** The value that follows a flag. */
function flagOf(args: string[], flag: string): string | undefined {
  const at = args.indexOf(flag);
  return at < 0 ? undefined : args[at + 1];
}

describe('the command line of llama-server', () => {
  it('without workers: no device, no RPC, one address, no network, no page, a small prompt cache, no spinning', () => {
    const args = serverArguments(headSettings(), MODEL, []);
    expect(flagOf(args, '--model')).toBe('/models/large.gguf');
    expect(flagOf(args, '--host')).toBe('10.0.0.5');
    expect(flagOf(args, '--port')).toBe('20001');
    expect(flagOf(args, '--device')).toBe('none');
    expect(flagOf(args, '--cache-ram')).toBe('128');
    expect(flagOf(args, '--poll')).toBe('0');
    expect(args).toEqual(expect.arrayContaining(['--metrics', '--slots', '--no-webui', '--offline']));
    expect(args).not.toContain('--rpc');
  });

  it('every slot holds the whole context, and a model with less gets what it can', () => {
    expect(flagOf(serverArguments(headSettings({ slots: 3 }), MODEL, []), '--ctx-size')).toBe(String(3 * 2048));
    expect(contextOf(headSettings(), { ...MODEL, context: 512 })).toBe(512);
    expect(contextOf(headSettings(), { ...MODEL, context: 99_999 })).toBe(2048);
  });

  it('with workers: their addresses in order, and all layers on them when their number is not known', () => {
    const args = serverArguments(headSettings(), MODEL, [worker(1), worker(2)]);
    expect(flagOf(args, '--rpc')).toBe('10.0.0.1:30001,10.0.0.2:30002');
    expect(flagOf(args, '--device')).toBe('RPC0,RPC1');
    expect(flagOf(args, '--gpu-layers')).toBe('99');
    expect(flagOf(args, '--fit')).toBe('off');
  });

  it.each([
    [1, '9'],
    [2, '12'],
  ])('with %i worker(s) and 18 layers the head keeps its share: %s go away', (count, away) => {
    const workers = Array.from({ length: count }, (_, i) => worker(i));
    expect(flagOf(serverArguments(headSettings(), { ...MODEL, layers: 18 }, workers), '--gpu-layers')).toBe(away);
  });
});
