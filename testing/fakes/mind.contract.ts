import { ask } from '@twin/pipecat-app/mind/ask.fixture.js';
import type { Mind } from '@twin/pipecat-app/mind/mind.js';
import { controlsOf } from '@twin/pipecat-app/tools/controls.fixture.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const QUESTION = 'Why is the sky blue?';

/** What every mind does, the scripted one of the benches included. */
export function mindContract(name: string, open: () => Promise<{ mind: Mind; close(): Promise<void> }>): void {
  describe(`${name} is a mind that`, () => {
    let made: { mind: Mind; close(): Promise<void> };
    beforeAll(async () => {
      made = await open();
    });
    afterAll(() => made.close());

    const asked = (session = 's', signal?: AbortSignal) => ask(made.mind, QUESTION, controlsOf(session), signal);

    it('answers an open question in several pieces, and says last who answered', async () => {
      const { events, said, source } = await asked();
      expect(said.trim()).toMatch(/\w+ \w+/);
      expect(source).toBe('model');
      expect(events.filter(({ type }) => type === 'done')).toEqual([{ type: 'done', source: 'model' }]);
      expect(events.filter(({ type }) => type === 'text').length).toBeGreaterThan(2);
    });

    it('ends with an AbortError when it is cancelled before or meanwhile, and answers the next', async () => {
      await expect(asked('s', AbortSignal.abort())).rejects.toMatchObject({ name: 'AbortError' });
      const stop = new AbortController();
      const reading = (async () => {
        const query = { session: 's', turn: 1, text: QUESTION, controls: controlsOf('s') };
        for await (const _ of made.mind.reply(query, stop.signal)) stop.abort();
      })();
      await expect(reading).rejects.toMatchObject({ name: 'AbortError' });
      expect((await asked()).said).not.toBe('');
    });

    it('answers several sessions at once', async () => {
      const answers = await Promise.all(['a', 'b'].map((session) => asked(session)));
      expect(answers.map(({ source }) => source)).toEqual(['model', 'model']);
    });

    it('remembers and forgets without a word, also what it never knew', () => {
      made.mind.commit('s', QUESTION, 'Because of the air.');
      made.mind.forget('s');
      made.mind.forget('nobody');
    });

    it('takes an open question for no command', () => {
      expect(made.mind.isCompleteCommand(QUESTION)).toBe(false);
      expect(made.mind.understands(QUESTION)).toBe(false);
      expect([typeof made.mind.hints(), typeof made.mind.grammar()]).toEqual(['string', 'string']);
    });
  });
}
