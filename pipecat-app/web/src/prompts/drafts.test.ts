import { expect, it } from 'vitest';
import { type Draft, discarded, isChanged, newExpert, refreshed } from './drafts.js';

const saved = (text: string, etag = text) => ({ name: 'router.txt', text, etag, versions: [] });
const draft = (text: string, of: string): Draft => ({ ...refreshed(undefined, saved(of)), text });

it('follows what is saved while nothing was changed here', () => {
  expect(refreshed(draft('a', 'a'), saved('b'))).toMatchObject({ text: 'b', conflict: false });
});

it('keeps the words of the draft, and tells when something else was saved meanwhile', () => {
  expect(refreshed(draft('mine', 'a'), saved('a'))).toMatchObject({ text: 'mine', conflict: false });
  const conflict = refreshed(draft('mine', 'a'), saved('b'));
  expect(conflict).toMatchObject({ text: 'mine', saved: { text: 'b' }, conflict: true });
  expect(refreshed(conflict, saved('b')).conflict).toBe(true);
  expect(refreshed(conflict, saved('mine'))).toMatchObject({ text: 'mine', conflict: false });
  expect(discarded(conflict)).toMatchObject({ text: 'b', conflict: false });
});

it('knows a new prompt as unsaved', () => {
  const made = newExpert('garden');
  expect(made.name).toBe('garden_expert.txt');
  expect(isChanged(made)).toBe(true);
  expect(isChanged(discarded(made))).toBe(false);
});
