import { Command } from 'commander';
import type { z } from 'zod';
import type { messageAnswer } from '../server/protocol.js';
import { connectionOf } from './connection.js';
import { print } from './output.js';
import { call } from './rest.js';

type Answer = z.infer<typeof messageAnswer>;

/** `twin send TEXT`: one typed message and its answer. */
export function sendCommand(): Command {
  return new Command('send')
    .description('send a message and print the answer')
    .argument('<text...>', 'what to say')
    .option('--session <name>', 'continue the conversation of this name')
    .addHelpText('after', '\nExample:\n  twin send set a timer for five minutes')
    .action(async (words: string[], { session }: { session?: string }, command: Command) => {
      const body = { text: words.join(' '), wait: true, ...(session !== undefined && { session }) };
      const answer = await call<Answer>(await connectionOf(command), 'POST', '/api/message', { body });
      print(command, answer, `${answer.answer}\n`);
      if (answer.turn.source === 'none' || answer.answer === '') process.exitCode = 1;
    });
}
