import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import type { TurnRecord } from '../server/protocol.js';
import { temporaryFolder } from '../temporary-folder.fixture.js';
import { turnLog } from './turns.js';

const record: TurnRecord = {
  type: 'turn',
  session: 's1',
  turn: 1,
  kind: 'voice',
  ts: '2025-01-01T00:00:00.000Z',
  transcript: 'SPOKEN',
  answer: 'SPOKEN',
  interrupted: false,
  source: 'reflex',
  actions: [{ tool: 'timer.set', args: { label: 'SPOKEN' }, ok: true }],
  ms: { endpoint: 1, stt: 2, mind: 3, tts: 4, playout: 5, voice_to_voice: 15 },
};

let home: string;
beforeEach(() => {
  home = temporaryFolder();
});

const fail = (error: unknown): never => {
  throw error;
};

describe('turnLog', () => {
  it('writes one line per turn, without what was said, readable by its owner only', async () => {
    const file = join(home, 'new', 'turns.jsonl');
    const log = turnLog(file, fail);
    log.append(record);
    log.append({ ...record, turn: 2 });
    await log.close();
    const text = readFileSync(file, 'utf8');
    const lines = text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.map((line) => line.turn)).toEqual([1, 2]);
    expect(lines[0]).toMatchObject({ ms: record.ms, actions: [{ tool: 'timer.set', ok: true }] });
    expect(text).not.toContain('SPOKEN');
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it('starts a new file when the old one is full', async () => {
    const file = join(home, 'turns.jsonl');
    const log = turnLog(file, fail, 300);
    for (let turn = 0; turn < 3; turn++) {
      log.append({ ...record, turn });
      await log.close();
    }
    expect(readFileSync(`${file}.1`, 'utf8')).toContain('"turn":1');
    expect(readFileSync(file, 'utf8')).toContain('"turn":2');
  });

  it('reports a disk that fails once and goes on', async () => {
    const blocked = join(home, 'file');
    writeFileSync(blocked, '');
    const errors: unknown[] = [];
    const log = turnLog(join(blocked, 'turns.jsonl'), (error) => errors.push(error));
    log.append(record);
    await log.close();
    log.append(record);
    await log.close();
    expect(errors).toHaveLength(1);
  });
});
