import { expect, test } from 'vitest';
import { TwinError } from '../errors.js';
import { nomadWaker } from './waker.js';

const signal = new AbortController().signal;
const failing = (code: `TWIN_${string}`) =>
  nomadWaker({ wake: () => Promise.reject(new TwinError(code, 'It does not.')) });

test('a wake takes what the last ones took, the newest counting half', () => {
  const waker = failing('TWIN_POWER_AWAKE');
  expect(waker.takesMs('coding')).toBe(20_000);
  waker.took('coding', 8000);
  expect(waker.takesMs('coding')).toBe(8000);
  waker.took('coding', 4000);
  expect([waker.takesMs('coding'), waker.takesMs('math')]).toEqual([6000, 20_000]);
});

test('who was woken by somebody else is awake; other failures are told', async () => {
  await failing('TWIN_POWER_AWAKE').wake('coding', signal);
  await expect(failing('TWIN_NOMAD_UNREACHABLE').wake('coding', signal)).rejects.toMatchObject({
    code: 'TWIN_NOMAD_UNREACHABLE',
  });
});
