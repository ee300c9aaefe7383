import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { z } from 'zod';
import { TwinError } from '../../errors.js';
import type { Tool, ToolResult } from '../tool.js';
import { type PlayResult, runPlay } from './play.js';
import { playbooksIn } from './playbooks.js';

export type AnsibleOptions = {
  /** The repository's folder; only playbooks directly in it are run. */
  folder: string;
  /** `TWIN_INVENTORY` */
  inventory: string;
  /** Where programs are looked for; `PATH` when left out. */
  path?: string;
  /** Longest run, in ms. */
  timeoutMs?: number;
};

const word = z
  .string()
  .regex(/^[A-Za-z0-9_][A-Za-z0-9_.:-]*$/, 'a plain word')
  .max(64);
/** Names of machines or groups, `!` before one that is left out. */
const pattern = z
  .string()
  .regex(/^!?[A-Za-z0-9_][A-Za-z0-9_.-]*$/, 'a machine or a group')
  .max(64);
const listOf = (item: z.ZodType<string>) =>
  z
    .preprocess(
      (given) => (typeof given === 'string' ? given.split(',').map((v) => v.trim()) : given),
      z.array(item).max(20),
    )
    .default([]);

const runArgs = z.strictObject({
  playbook: z
    .string()
    .trim()
    .max(80)
    .regex(/^[A-Za-z0-9][A-Za-z0-9_-]*(\.ya?ml)?$/, 'name a playbook of the repository, without a folder'),
  vars: z
    // Names that Ansible itself acts on could name another program or machine.
    .record(z.string().regex(/^(?!ansible_)[A-Za-z_][A-Za-z0-9_]{0,63}$/, 'a variable of the playbook'), z.json())
    // Ansible runs templates in values, and a template may run any program here.
    .refine((vars) => !/\{\{|\{%|\{#|!unsafe|!vault/.test(JSON.stringify(vars)), 'leave out templates')
    .refine((vars) => JSON.stringify(vars).length <= 20_000, 'too long')
    .default({}),
  tags: listOf(word),
  limit: listOf(pattern),
});
type RunArgs = z.infer<typeof runArgs>;

/** Runs the playbooks of the repository, and no others. */
export const ansibleTool = ({ folder, inventory, path, timeoutMs = 1_800_000 }: AnsibleOptions): Tool => {
  const program = (): string | undefined =>
    (path ?? process.env.PATH ?? '')
      .split(delimiter)
      .filter(Boolean)
      .map((place) => join(place, 'ansible-playbook'))
      .find((file) => existsSync(file));

  return {
    name: 'ansible',
    description: 'Playbooks that set up the cluster.',
    unavailable: () => {
      if (program() === undefined) return 'Ansible is not installed. Install it with `apt install ansible-core`.';
      if (!existsSync(inventory))
        return `There is no inventory of machines. Write ${inventory}, or set TWIN_INVENTORY.`;
      return undefined;
    },
    methods: {
      list: {
        description: 'Names the playbooks of the repository.',
        args: z.strictObject({}),
        risk: 'read',
        examples: [
          'which playbooks are there',
          'list the playbooks',
          'what can ansible do here',
          'show the ansible playbooks',
          'name the playbooks',
          'what playbooks are there',
          'what are the ansible playbooks called',
        ],
        run: async (): Promise<ToolResult> => {
          const books = await playbooksIn(folder);
          const lines = books.map(({ file, title }) => (title === '' ? file : `${file}: ${title}`));
          return { ok: true, output: lines.length === 0 ? 'There are no playbooks.' : `${lines.join('\n')}` };
        },
      },
      run: {
        description: 'Runs a playbook of the repository: vars, tags and limit as in ansible-playbook.',
        args: runArgs,
        risk: 'sensitive',
        timeoutMs,
        examples: [
          'run the playbook {playbook:healing}',
          'run the {playbook:healing} playbook',
          'start the {playbook:healing} playbook',
          'play the ansible playbook {playbook:healing}',
          'run the playbook called {playbook:healing}',
          'start the playbook {playbook:healing}',
          'execute the playbook {playbook:healing}',
          'heal the cluster with ansible{playbook=heal_cluster}',
        ],
        effect: ({ playbook, vars, tags, limit }: RunArgs) =>
          [
            `Runs the playbook ${playbook} on ${limit.length === 0 ? 'all of its machines' : limit.join(', ')}`,
            tags.length === 0 ? '' : `, only ${tags.join(', ')}`,
            Object.keys(vars).length === 0 ? '' : `, with ${JSON.stringify(vars)}`,
            '.',
          ].join(''),
        run: async ({ playbook, vars, tags, limit }: RunArgs, { controls, signal }): Promise<ToolResult> => {
          const wanted = /\.ya?ml$/.test(playbook) ? playbook : `${playbook}.yaml`;
          const found = (await playbooksIn(folder)).find(({ file }) => file === wanted);
          if (found === undefined)
            throw new TwinError('TWIN_PLAYBOOK', `There is no playbook called ${playbook}.`, {
              next: 'Ask for the playbooks to hear their names.',
            });
          const started = { program: program() ?? 'ansible-playbook', folder, inventory, playbook: found.file };
          const result = await runPlay({ ...started, vars, tags, limit }, signal, progress(controls.announce));
          return inWords(found.file, result);
        },
      },
    },
  };
};

/** Every so many tasks, what it is at. */
const EVERY = 20;
function progress(announce: (text: string) => void): (task: string) => void {
  let tasks = 0;
  return (task) => {
    tasks += 1;
    if (tasks % EVERY === 0) announce(`Ansible is at task ${tasks}, ${task.slice(0, 80)}.`);
  };
}

function inWords(file: string, { code, tasks, recap, failed, hints, tail }: PlayResult): ToolResult {
  const advice = hints.map((hint) => `HINT: ${hint}`);
  const idle = tasks === 0 ? advice : [];
  if (code === 0) return { ok: true, output: [`${file} is done, ${tasks} tasks.`, ...idle, ...recap].join('\n') };
  const lines = [
    `${file} failed with code ${code ?? 'of a signal'} after ${tasks} tasks.`,
    ...failed,
    ...advice,
    ...recap,
  ];
  // Without any of these, what it printed says more than we can.
  if (lines.length === 1) lines.push(tail);
  return { ok: false, output: lines.join('\n'), error: 'TWIN_ANSIBLE' };
}
