import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { TurnRecord } from '@twin/pipecat-app/server/protocol.js';
import type { ChildServer } from '../bench/child-server.js';
import { ROOT } from '../bench/servers.js';
import type { SpokenCommand } from './commands.js';
import { type Room, type Speaker, speechFile } from './render.js';

/** One command in one voice and one room. */
export type Utterance = { command: SpokenCommand; speaker: Speaker; room: Room };
export type Outcome = Utterance & { heard: string; actions: TurnRecord['actions']; right: boolean };

type Line = { type: string; file?: string } & Partial<Omit<TurnRecord, 'type'>>;

/** Conversations at once: two keep two cores busy without a queue at the ear. */
const AT_ONCE = 2;
/** Files in one conversation. */
const PER_CONVERSATION = 10;

/** Speaks every utterance through `twin talk --wav` and compares the actions that followed. */
export async function speakAll(server: ChildServer, utterances: readonly Utterance[]): Promise<Outcome[]> {
  const waiting: Utterance[][] = [];
  for (let at = 0; at < utterances.length; at += PER_CONVERSATION)
    waiting.push(utterances.slice(at, at + PER_CONVERSATION));
  const outcomes: Outcome[] = [];
  const converse = async (): Promise<void> => {
    for (let next = waiting.shift(); next; next = waiting.shift()) outcomes.push(...(await conversation(server, next)));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, converse));
  return outcomes;
}

async function conversation(server: ChildServer, utterances: readonly Utterance[]): Promise<Outcome[]> {
  const files = await Promise.all(
    utterances.map(({ command, speaker, room }) => speechFile(command.text, speaker, room)),
  );
  const lines = await talk(server, files);
  const turns: Line[][] = [];
  for (const line of lines) {
    if (line.type === 'file') turns.push([]);
    if (line.type === 'turn' && line.kind === 'voice') turns.at(-1)?.push(line);
  }
  return utterances.map((utterance, i) => {
    const heard = (turns[i] ?? []).map((turn) => turn.transcript).join(' / ');
    const actions = (turns[i] ?? []).flatMap((turn) => turn.actions ?? []);
    return { ...utterance, heard, actions, right: isRight(utterance.command, actions) };
  });
}

function talk(server: ChildServer, files: readonly string[]): Promise<Line[]> {
  const main = join(ROOT, 'pipecat-app', 'bin', 'twin.js');
  const args = [main, 'talk', '--json', '--patience', '45', ...files.flatMap((file) => ['--wav', file])];
  const env = { ...process.env, TWIN_ENDPOINT: server.endpoint, TWIN_KEY: server.key };
  return new Promise((resolve, reject) => {
    execFile(process.execPath, args, { env, maxBuffer: 64 << 20 }, (_error, stdout, stderr) => {
      if (stderr !== '') reject(new Error(stderr));
      else
        resolve(
          stdout
            .split('\n')
            .filter(Boolean)
            .map((line) => JSON.parse(line) as Line),
        );
    });
  });
}

/** Exactly the one action that was asked for, with exactly these arguments. */
function isRight({ tool, args }: SpokenCommand, actions: TurnRecord['actions']): boolean {
  const [action] = actions;
  return actions.length === 1 && action?.tool === tool && isDeepStrictEqual(action.args, args);
}

/** What went wrong, one line each, for the message of a failed test. */
export function inWords(outcomes: readonly Outcome[]): string {
  return outcomes
    .filter(({ right }) => !right)
    .map(({ command, speaker, room, heard, actions }) => {
      const did = actions.map(({ tool, args }) => `${tool} ${JSON.stringify(args)}`).join(', ') || 'nothing';
      return `${speaker.voice} at ${room.snrDb ?? 'no'} dB: "${command.text}" was heard as "${heard}" and did ${did}`;
    })
    .join('\n');
}
