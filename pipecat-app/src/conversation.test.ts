import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Conversation } from './conversation.js';
import type { TurnRecord } from './server/protocol.js';
import { temporaryFolder } from './temporary-folder.fixture.js';

let home: string;
let problems: string[];
beforeEach(() => {
  home = temporaryFolder();
  problems = [];
});
afterEach(() => {
  expect(problems).toEqual([]);
});

const open = (keep = true) => Conversation.open(home, keep, ({ message }) => problems.push(message));
const turn = (transcript: string, answer: string) => ({ transcript, answer, ts: '', session: 's' }) as TurnRecord;
const texts = (conversation: Conversation, since = 0) =>
  conversation.since(since).map(({ id, text }) => `${id} ${text}`);

describe('what was said', () => {
  it('is kept line by line, without empty lines', async () => {
    const conversation = new Conversation();
    conversation.add(turn('hello', 'Good day.'));
    conversation.add(turn('', 'Your timer is due.'));
    expect(texts(conversation)).toEqual(['1 hello', '2 Good day.', '3 Your timer is due.']);
    expect(texts(conversation, 2)).toEqual(['3 Your timer is due.']);
    expect(texts(conversation, 3)).toEqual([]);
  });

  it('is there after a restart, the newest hundred lines of it, and ids go on', async () => {
    const before = await open();
    for (let i = 0; i < 60; i++) before.add(turn(`question ${i}`, `answer ${i}`));
    await before.saved();
    const after = await open();
    expect(texts(after)).toHaveLength(100);
    expect(texts(after).at(-1)).toBe('120 answer 59');
    after.add(turn('again', ''));
    expect(texts(after, 120)).toEqual(['121 again']);
    await after.saved();
    expect(statSync(join(home, 'conversation.json')).mode & 0o777).toBe(0o600);
  });

  it('is gone from the disk when it was cleared, and ids still go on', async () => {
    const conversation = await open();
    conversation.add(turn('a secret', 'I see.'));
    await conversation.clear();
    expect(texts(conversation)).toEqual([]);
    expect(readFileSync(join(home, 'conversation.json'), 'utf8')).not.toContain('secret');
    const after = await open();
    after.add(turn('next', ''));
    expect(texts(after)).toEqual(['3 next']);
    await after.saved();
  });

  it('stays off the disk when it shall not be kept, and what was kept before is removed', async () => {
    const before = await open();
    before.add(turn('a secret', 'I see.'));
    await before.saved();
    const conversation = await open(false);
    conversation.add(turn('another', ''));
    await conversation.saved();
    expect(texts(conversation)).toEqual(['1 another']);
    expect(readdirSync(home)).toEqual([]);
  });
});
