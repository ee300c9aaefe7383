import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RealServer, startReal } from '../bench/servers.js';
import { COMMANDS } from './commands.js';
import { type Room, SPEAKERS } from './render.js';
import { inWords, speakAll } from './spoken.js';

const ROOMS: readonly Room[] = [{ snrDb: 20 }, { snrDb: 10 }];

describe('spoken to the real agent, every voice and every noise', () => {
  let server: RealServer;

  beforeAll(async () => {
    server = await startReal();
  });
  afterAll(async () => {
    await server?.stop();
  });

  it.each(SPEAKERS)('$voice: forty commands in two rooms, at least 95 of 100 right', async (speaker) => {
    const utterances = ROOMS.flatMap((room) => COMMANDS.map((command) => ({ command, speaker, room })));
    const outcomes = await speakAll(server, utterances);
    expect(outcomes).toHaveLength(80);
    expect(outcomes.filter(({ right }) => right).length, inWords(outcomes)).toBeGreaterThanOrEqual(76);
  });
});
