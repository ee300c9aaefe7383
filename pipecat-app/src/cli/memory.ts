import { Command } from 'commander';
import type { z } from 'zod';
import { TwinError } from '../errors.js';
import type {
  FactView,
  factsAnswer,
  loadedAnswer,
  rememberAnswer,
  searchAnswer,
  statesAnswer,
} from '../server/memory-protocol.js';
import { connectionOf } from './connection.js';
import { print, table } from './output.js';
import { call, download, upload } from './rest.js';

type Answer<T extends z.ZodType> = z.infer<T>;

/** `twin memory`: what the agent remembers beyond a conversation. */
export function memoryCommand(): Command {
  const memory = new Command('memory').description('search, change, save and load what the agent remembers');
  const sub = (name: string, description: string): Command => memory.command(name).description(description);

  sub('search <words...>', 'find facts by meaning and by their words').action(
    async (words: string[], _, command: Command) => {
      const path = `/api/memory/search?q=${encodeURIComponent(words.join(' '))}`;
      const answer = await call<Answer<typeof searchAnswer>>(await connectionOf(command), 'GET', path);
      const note = answer.meaning ? '' : 'There is no embedding model yet, so only words were compared.\n';
      print(command, answer, `${listed(answer.facts)}${note}`);
    },
  );
  sub('list', 'the newest facts')
    .option('-n, --limit <count>', 'how many', '50')
    .option('--before <id>', 'only older ones than this')
    .action(async ({ limit, before }: { limit: string; before?: string }, command: Command) => {
      const query = new URLSearchParams({ limit, ...(before !== undefined && { before }) });
      const answer = await call<Answer<typeof factsAnswer>>(await connectionOf(command), 'GET', `/api/memory?${query}`);
      print(command, answer, `${listed(answer.facts)}${answer.total} in all\n`);
    });
  sub('remember <text...>', 'keep a fact').action(async (words: string[], _, command: Command) => {
    const body = { text: words.join(' ') };
    const answer = await call<Answer<typeof rememberAnswer>>(await connectionOf(command), 'POST', '/api/memory', {
      body,
    });
    print(command, answer, `${told(answer)}\n`);
  });
  sub('forget <id>', 'forget a fact; it can be restored for a day').action(async (id: string, _, command: Command) => {
    const answer = await call<{ fact: FactView }>(await connectionOf(command), 'DELETE', `/api/memory/${whole(id)}`);
    print(command, answer, `Forgotten: ${answer.fact.text}\nUndo: twin memory restore ${answer.fact.id}\n`);
  });
  sub('restore <id>', 'undo a forget').action(async (id: string, _, command: Command) => {
    const answer = await call<{ fact: FactView }>(
      await connectionOf(command),
      'POST',
      `/api/memory/${whole(id)}/restore`,
    );
    print(command, answer, `Remembered again: ${answer.fact.text}\n`);
  });
  sub('save <name>', 'keep the whole memory under a name').action(async (name: string, _, command: Command) => {
    const answer = await call<Answer<typeof loadedAnswer>>(await connectionOf(command), 'POST', '/api/memory/states', {
      body: { name },
    });
    print(command, answer, `Saved ${answer.facts} facts as ${name}.\n`);
  });
  sub('load <name>', 'replace the memory by a saved one').action(async (name: string, _, command: Command) => {
    const path = `/api/memory/states/${encodeURIComponent(name)}/load`;
    const answer = await call<Answer<typeof loadedAnswer>>(await connectionOf(command), 'POST', path);
    print(command, answer, `Loaded ${answer.facts} facts from ${name}.\n`);
  });
  sub('states', 'saved memories; --delete removes one')
    .option('--delete <name>', 'remove this one')
    .action(async (options: { delete?: string }, command: Command) => {
      const connection = await connectionOf(command);
      if (options.delete !== undefined)
        await call(connection, 'DELETE', `/api/memory/states/${encodeURIComponent(options.delete)}`);
      const answer = await call<Answer<typeof statesAnswer>>(connection, 'GET', '/api/memory/states');
      const rows = answer.states.map(({ name, ts, bytes }) => [name, when(ts), `${Math.ceil(bytes / 1000)} kB`]);
      print(command, answer, table(['NAME', 'SAVED', 'SIZE'], rows));
    });
  sub('export <file>', 'write everything to one archive (.tar.gz)').action(
    async (file: string, _, command: Command) => {
      await download(await connectionOf(command), '/api/memory/export', file);
      print(command, { file }, `Written to ${file}.\n`);
    },
  );
  sub('import <file>', 'replace the memory by an archive').action(async (file: string, _, command: Command) => {
    const answer = await upload<Answer<typeof loadedAnswer>>(
      await connectionOf(command),
      '/api/memory/import',
      file,
      'application/gzip',
    );
    print(command, answer, `Imported ${answer.facts} facts.\n`);
  });
  return memory;
}

function listed(facts: readonly FactView[]): string {
  const rows = facts.map(({ id, text, ts, source, pinned, enabled, score }) => {
    const marks = [pinned && 'pinned', !enabled && 'off'].filter(Boolean).join(' ');
    return [String(id), when(ts), source, marks || '-', score == null ? '-' : score.toFixed(2), text];
  });
  return table(['ID', 'TIME', 'SOURCE', 'MARKS', 'SCORE', 'FACT'], rows);
}

function told({ fact, how, before }: Answer<typeof rememberAnswer>): string {
  if (how === 'merged') return `Known already (${fact.id}): ${fact.text}`;
  if (how === 'superseded' && before) return `Remembered (${fact.id}), in the place of: ${before.text}`;
  return `Remembered (${fact.id}).`;
}

const when = (ts: string): string => ts.slice(0, 16).replace('T', ' ');

function whole(id: string): string {
  if (/^\d+$/.test(id)) return id;
  throw new TwinError('TWIN_USAGE', `"${id}" is no number of a fact.`, { next: 'See them with `twin memory list`.' });
}
