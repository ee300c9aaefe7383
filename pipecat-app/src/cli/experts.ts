import { Command } from 'commander';
import type { z } from 'zod';
import type { ExpertView, expertsAnswer } from '../server/cluster-protocol.js';
import { connectionOf } from './connection.js';
import { planCommand } from './experts-plan.js';
import { print, table } from './output.js';
import { call } from './rest.js';

/** `twin experts`: who answers questions, and how they are; `twin experts plan`: who could, and where. */
export function expertsCommand(): Command {
  return new Command('experts')
    .description('list the experts and their state, or plan where they fit')
    .addCommand(planCommand())
    .action(async (_options, command: Command) => {
      const answer = await call<z.infer<typeof expertsAnswer>>(await connectionOf(command), 'GET', '/api/experts');
      const text = table(['EXPERT', 'STATE', 'MODEL', 'NODE', 'SLOTS', 'TOK/S', 'WHY'], answer.experts.map(row));
      print(command, answer, answer.words === '' ? text : `${text}\n${answer.words}\n`);
    });
}

function row({ name, state, model, node, slots, tokens_per_second: speed, words }: ExpertView): string[] {
  const used = slots === null ? '-' : `${slots.busy}/${slots.total}`;
  return [name, state, model || '-', node || '-', used, speed === null ? '-' : speed.toFixed(1), words];
}
