import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ServerEvent, TurnRecord } from '@twin/pipecat-app/server/protocol.js';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Clip, speech } from '../acoustic/render.js';
import { descendants, processNamed } from '../bench/process-usage.js';
import { healthy, type RealServer, startReal } from '../bench/servers.js';
import { User } from '../bench/user.js';

describe('kill -9 in the middle of a turn of the real agent', () => {
  let server: RealServer;
  let user: User;
  let command: Clip;
  let question: Clip;
  let help: Clip;

  beforeAll(async () => {
    server = await startReal();
    command = await speech('What time is it?');
    question = await speech('What is the capital of France?');
    help = await speech('What can you do?');
  });
  beforeEach(async () => {
    user = await User.join(server, AbortSignal.timeout(110_000));
  });
  afterEach(async () => {
    await user.leave();
  });
  afterAll(async () => {
    const children = descendants(server.pid);
    await server.stop();
    expect(children.filter(alive)).toEqual([]);
  });

  /** Says `clip`, kills the engine as soon as `when` holds, and returns how the turn ended. */
  async function killDuring(
    clip: Clip,
    pattern: RegExp,
    when: () => boolean,
  ): Promise<{ record: TurnRecord | undefined; errors: ServerEvent[] }> {
    const before = user.records.length;
    user.mic.say(clip.samples);
    const victim = await killFirst(pattern, when);
    const errors = (): ServerEvent[] => user.seen.map(({ event }) => event).filter((event) => event.type === 'error');
    await user.until('the turn to end in words', () => user.records.length > before || errors().length > 0);
    await user.until('silence', () => !user.client.loudspeaker.busy);
    expect(alive(victim)).toBe(false);
    return { record: user.records[before], errors: errors() };
  }

  /** Looks at every turn of the event loop: a mouth's process lives for a hundredth of a second on a fast machine. */
  async function killFirst(pattern: RegExp, when: () => boolean): Promise<number> {
    const tooLate = AbortSignal.timeout(60_000);
    for (;;) {
      tooLate.throwIfAborted();
      const victim = when() ? processNamed(server.pid, pattern) : undefined;
      if (victim !== undefined && alive(victim)) {
        process.kill(victim, 'SIGKILL');
        return victim;
      }
      await nextTurn();
    }
  }

  const saw = (type: ServerEvent['type']): boolean => user.seen.some(({ event }) => event.type === type);
  const words = expect.stringMatching(/[a-z]{2,} [a-z]{2,}/i);

  async function nextOneWorks(clip: Clip, expected: object): Promise<void> {
    await healthy(server.endpoint, (health) => health.status === 'ok');
    expect((await user.ask(clip)).record).toMatchObject(expected);
  }

  it('of the speech-to-text engine: the turn ends in words, the next one works', async () => {
    const { record, errors } = await killDuring(
      command,
      /whisper-server/,
      () => saw('transcript.partial') || saw('state'),
    );
    if (record) expect(record.answer).toEqual(words);
    else expect(errors[0]?.data).toMatchObject({ message: words });
    await nextOneWorks(command, { actions: [{ tool: 'clock.time', args: {}, ok: true }] });
  });

  it('of the language model: the turn ends in words, the next one works', async () => {
    const { record } = await killDuring(question, /embedded-child/, () => saw('transcript.final'));
    expect(record?.answer).toEqual(words);
    await nextOneWorks(question, { source: 'model', answer: words });
  });

  it('of the speech synthesis: the turn ends in words, the next one works', async () => {
    const { record, errors } = await killDuring(help, /espeak-ng/, () => saw('transcript.final'));
    expect([
      record?.answer,
      ...errors.map((error) => (error.type === 'error' ? error.data.message : '')),
    ]).toContainEqual(words);
    await nextOneWorks(command, { actions: [{ tool: 'clock.time', args: {}, ok: true }], answer: words });
  });
});

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
