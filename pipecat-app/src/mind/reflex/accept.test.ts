import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { conversation, type Labelled, labelledCommands } from './labelled.js';
import { Reflex } from './reflex.js';

const reflex = new Reflex(fileURLToPath(new URL('../../../../prompts/commands.yaml', import.meta.url)));

function understood({ text, call, args }: Labelled): boolean {
  const found = reflex.understand(text);
  const right = Object.entries(args).every(
    ([name, value]) => JSON.stringify(found?.args[name]) === JSON.stringify(value),
  );
  return found !== undefined && (found.call ?? '') === call && right;
}

describe('as written', () => {
  test('every labelled command is understood, with its arguments', () => {
    expect(labelledCommands('commands.tsv').filter((one) => !understood(one))).toEqual([]);
  });

  test('no sentence of conversation is taken for a command', () => {
    expect(conversation('conversation.txt').filter((text) => reflex.understand(text))).toEqual([]);
  });
});

/** Whisper tiny.en on espeak-ng voices, a third each without noise, at about 20 and at about 10 dB. */
describe('as heard', () => {
  test('at least 68 % of the commands are understood, though only 26 % were heard word for word', () => {
    const all = labelledCommands('heard-commands.tsv');
    expect(all.length).toBeGreaterThan(250);
    expect(all.filter(understood).length / all.length).toBeGreaterThan(0.68);
  });

  test('no sentence of conversation is taken for a command', () => {
    expect(conversation('heard-conversation.txt').filter((text) => reflex.understand(text))).toEqual([]);
  });
});
