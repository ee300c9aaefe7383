import { describe, expect, it } from 'vitest';
import { type LabState, ownerLives, thisProcess } from './lab-state.js';

const state: LabState = {
  nodes: 1,
  base: '/base',
  clients: { archives: { main: 'debian' }, aptDates: [], registries: [] },
  rights: { bpf: false, share: [] },
};

describe('the owner of a lab', () => {
  it('lives while its process does', async () => {
    expect(await ownerLives({ ...state, owner: await thisProcess() })).toBe(true);
  });

  it('is not another process that has its id now', async () => {
    expect(await ownerLives({ ...state, owner: { pid: process.pid, started: '1' } })).toBe(false);
  });

  it('is nobody where a person started it', async () => {
    expect(await ownerLives(state)).toBe(false);
  });
});
