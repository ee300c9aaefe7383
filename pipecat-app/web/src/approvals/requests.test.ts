import { expect, it } from 'vitest';
import type { ApprovalRequest } from '../../../src/server/protocol.js';
import { leftText, merged, waitingOf } from './requests.js';

const request = (id: string, more: Partial<ApprovalRequest> = {}): ApprovalRequest => ({
  ...{ id, session: 's', tool: 'jobs.stop', effect: 'Stops a job.', args: '{}', digest: '0'.repeat(64) },
  ...{ risk: 'sensitive', spoken: false, door: 'text', role: 'operator', name: 'n', at: 1, until: 100 },
  ...{ status: 'new', by: '', outcome: null, ...more },
});
const outcome = { ok: true, output: 'Done.' };

it('never takes a decision back when older news comes late', () => {
  const decided = request('a', { status: 'approved', outcome });
  let list = merged([], request('a'));
  list = merged(list, decided);
  for (const late of [request('a'), request('a', { status: 'approved' })])
    expect(merged(list, late)).toEqual([decided]);
});

it('keeps the newest first, and asks for the oldest first', () => {
  const list = [request('b', { at: 2 }), request('a', { at: 1 }), request('c', { at: 3 })].reduce(
    merged,
    [] as ApprovalRequest[],
  );
  expect(list.map(({ id }) => id)).toEqual(['c', 'b', 'a']);
  expect(waitingOf(list, 99).map(({ id }) => id)).toEqual(['a', 'b', 'c']);
});

it('waits for nothing that is decided or too late', () => {
  const list = [request('a'), request('b', { status: 'denied' })];
  expect(waitingOf(list, 99).map(({ id }) => id)).toEqual(['a']);
  expect(waitingOf(list, 100)).toEqual([]);
});

it('counts whole seconds down to none', () => {
  expect(leftText(65_000, 1)).toBe('1:05');
  expect(leftText(65_000, 64_999)).toBe('0:01');
  expect(leftText(65_000, 70_000)).toBe('0:00');
});
