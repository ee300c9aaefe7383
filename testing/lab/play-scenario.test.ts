import { describe, expect, it } from 'vitest';
import { playSteps, type Stage } from './play-scenario.js';
import type { Outcome } from './run-command.js';
import { complaint, type Step } from './scenario.js';

const outcome = (stdout: string, code = 0): Outcome => ({ code, stdout, stderr: '' });

describe('what a step wants', () => {
  it.each([
    ['success', outcome(''), {}, undefined],
    ['success, and fails', outcome('why', 3), {}, /succeeded; exit code 3, saw:\nwhy/],
    ['failure', outcome('', 1), { fails: true }, undefined],
    ['failure, and succeeds', outcome('ok'), { fails: true }, /should have failed/],
    ['a text that comes', outcome('a b'), { sees: /b/ }, undefined],
    ['a text that does not', outcome('a'), { sees: /b/ }, /\/b\/ was not seen/],
    ['no text that comes', outcome('E: no'), { lacks: /^E:/m }, /was seen/],
    ['something of one who says nothing', outcome(''), { sees: /x/ }, /\(nothing\)/],
  ])('%s', (_, seen, wanted, expected) => {
    const wrong = complaint(seen, wanted);
    if (expected) expect(wrong).toMatch(expected);
    else expect(wrong).toBeUndefined();
  });
});

describe('a scenario', () => {
  /** Two nodes that answer with their name and the command, and note what is done to them. */
  function stage(answer: (node: string, command: string) => Outcome): { stage: Stage; done: string[] } {
    const done: string[] = [];
    const node = (name: string) => ({
      name,
      ssh: async (command: string, { user }: { user: string }) => {
        done.push(`${user}@${name} ${command}`);
        return answer(name, command);
      },
      kill: async () => void done.push(`kill ${name}`),
    });
    const nodes = [node('node1'), node('node2')];
    const find = (name: string) => nodes.find((each) => each.name === name);
    const network = { heal: async () => void done.push('heal') };
    return { stage: { nodes, node: find, network } as unknown as Stage, done };
  }
  async function play(steps: Step[], on: Stage): Promise<string[]> {
    const said: string[] = [];
    await playSteps({ name: 'story', steps }, on, { say: (line) => said.push(line.replace(/^ *[\d.]+ s {2}/, '')) });
    return said;
  }

  it('is played in order, every step named', async () => {
    const { stage: on, done } = stage((name) => outcome(name));
    const said = await play(
      [
        { title: 'all', on: 'every', run: 'id', as: 'person' },
        { title: 'cut', act: 'kill', node: 'node2' },
        { title: 'healed', heal: true },
      ],
      on,
    );
    expect(said).toEqual(['all', 'cut', 'healed']);
    expect(done).toEqual(['person@node1 id', 'person@node2 id', 'kill node2', 'heal']);
  });

  it('ends at the first step that fails, with what it saw and where', async () => {
    const { stage: on, done } = stage((name) => outcome(`I am ${name}`, name === 'node2' ? 1 : 0));
    const steps: Step[] = [
      { title: 'all well', on: 'every', run: 'check' },
      { title: 'never', heal: true },
    ];
    await expect(play(steps, on)).rejects.toThrow(/story: all well: on node2, it should have succeeded.*\nI am node2/);
    expect(done).not.toContain('heal');
  });

  it('asks again while a step has time', async () => {
    let left = 2;
    const { stage: on, done } = stage(() => outcome(left-- > 0 ? 'not yet' : 'ready'));
    await play([{ title: 'comes', on: 'node1', run: 'ask', sees: /^ready/, withinS: 30 }], on);
    expect(done).toHaveLength(3);
  });
});
