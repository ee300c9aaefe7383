import { expect, test } from 'vitest';
import { type TwinError, toPublicError } from '../../errors.js';
import { parseCommands } from './commands.js';

function problemIn(yaml: string): string {
  try {
    parseCommands(yaml);
    return '';
  } catch (error) {
    expect((error as TwinError).code).toBe('TWIN_COMMANDS');
    return toPublicError(error).message;
  }
}

test('every broken sentence is named with its line', () => {
  const message = problemIn(`commands:
  - call: clock.time
    say:
      - what time is it
      - what (time is it
      - wait {weight}
`);
  expect(message).toContain('2 problem(s)');
  expect(message).toContain('line 5: "what (time is it": a "(" is never closed (character 6)');
  expect(message).toContain('line 6: "wait {weight}": there is no slot type "weight"');
});

test.each([
  ['commands: [{ say: [hello] }]', 'line 1: commands.0: needs a call or a reply'],
  ['commands:\n  - call: time\n    say: [hello]', 'line 2: commands.0.call: must be tool.method'],
  ['commands:\n  - call: a.b\n    say: []', 'line 3: commands.0.say'],
  ['commands:\n  - call: a.b\n    shout: x\n    say: [hello]', 'line 2: commands.0: Unrecognized key: "shout"'],
  ['commands:\n  - call: [', 'line 2: '],
  ['', 'commands'],
])('%j: %s', (yaml, expected) => {
  expect(problemIn(yaml)).toContain(expected);
});

test('lists are slots', () => {
  const { slots } = parseCommands(
    'lists: { pet: [cat, dog], size: { big: xl } }\ncommands: [{ call: a.b, say: ["feed {pet} {size}"] }]',
  );
  expect(slots.pet?.(['dog'], 0)).toMatchObject([{ value: 'dog' }]);
  expect(slots.size?.(['big'], 0)).toMatchObject([{ value: 'xl' }]);
});
