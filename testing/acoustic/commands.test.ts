import { fileURLToPath } from 'node:url';
import { Reflex } from '@twin/pipecat-app/mind/reflex/reflex.js';
import { describe, expect, it } from 'vitest';
import { COMMANDS } from './commands.js';

const reflex = new Reflex(fileURLToPath(new URL('../../prompts/commands.yaml', import.meta.url)));

describe('the forty commands', () => {
  it('are forty different sentences', () => {
    expect(new Set(COMMANDS.map((c) => c.text)).size).toBe(40);
  });

  it.each(COMMANDS)('as text: $text', ({ text, tool, args }) => {
    expect(reflex.understand(text)).toMatchObject({ call: tool, args });
  });
});
