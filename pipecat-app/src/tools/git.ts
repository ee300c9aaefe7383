import { existsSync } from 'node:fs';
import { mkdir, realpath } from 'node:fs/promises';
import { isAbsolute, join, sep } from 'node:path';
import { type SimpleGit, simpleGit } from 'simple-git';
import { z } from 'zod';
import { isAbort, TwinError } from '../errors.js';
import type { Method, Tool, ToolContext, ToolResult } from './tool.js';

const name = z.string().regex(/^[a-z0-9][a-z0-9._-]{0,63}$/i, 'must be a plain name');
/** What git takes for a branch, without what could be an option or a range. */
const branchName = z
  .string()
  .regex(/^(?!.*(\.\.|\/\/|@\{|\.lock$|\/$))[a-z0-9][a-z0-9._/-]{0,99}$/i, 'must be a branch name');
const path = z
  .string()
  .min(1)
  .max(300)
  .regex(/^(?!-|:)(?!.*\0)/, 'must be a path');
const cloneArgs = z.strictObject({ url: z.string().min(1).max(500), name });
const nameArgs = z.strictObject({ name });
const logArgs = z.strictObject({ name, count: z.number().int().min(1).max(50).default(10) });
const branchArgs = z.strictObject({ name, branch: branchName });
const commitArgs = z.strictObject({
  name,
  message: z.string().min(1).max(2000),
  paths: z.array(path).max(100).default(['.']),
});

const TIMEOUT_MS = 120_000;
/** Longest silence of git before it is given up, in ms. */
const SILENCE_MS = 60_000;
const DIFF_CHARS = 3500;
const PLACES = ['/usr/bin/git', '/bin/git', '/usr/local/bin/git'];

export type GitOptions = {
  /** Folder that holds all repositories. */
  area: string;
  /** Whether a repository of the same area may be a source or a target. For tests. */
  allowFiles?: boolean;
};

/** Repositories in one folder. Addresses are https or ssh; hooks do not run; nobody is asked for a password. */
export function gitTool({ area, allowFiles = false }: GitOptions): Tool {
  const open = (folder: string, signal: AbortSignal): SimpleGit =>
    simpleGit({
      baseDir: folder,
      abort: signal,
      timeout: { block: SILENCE_MS },
      config: [
        'core.hooksPath=/dev/null',
        'core.fsmonitor=false',
        'protocol.ext.allow=never',
        'submodule.recurse=false',
      ],
      unsafe: {
        allowUnsafeHooksPath: true,
        allowUnsafeFsMonitor: true,
        allowUnsafeProtocolOverride: true,
        allowUnsafeSshCommand: true,
      },
      // Only what is set right below; anything of git's in the agent's own environment stays out.
      allowEnvironment: ['GIT_TERMINAL_PROMPT', 'GIT_ALLOW_PROTOCOL', 'GIT_SSH_COMMAND'],
    }).env({
      PATH: process.env.PATH ?? '/usr/bin:/bin',
      HOME: process.env.HOME ?? '/',
      LANG: 'C.UTF-8',
      GIT_TERMINAL_PROMPT: '0',
      GIT_ALLOW_PROTOCOL: allowFiles ? 'https:ssh:file' : 'https:ssh',
      GIT_SSH_COMMAND: 'ssh -oBatchMode=yes -oStrictHostKeyChecking=yes',
    });
  const repository = async (wanted: string, signal: AbortSignal): Promise<SimpleGit> => {
    const folder = join(area, wanted);
    if (!existsSync(join(folder, '.git')))
      throw new TwinError('TWIN_GIT_UNKNOWN', `There is no repository called ${wanted}.`, { next: 'Clone it first.' });
    await inside(folder);
    return open(folder, signal);
  };
  const inside = async (folder: string): Promise<void> => {
    const [root, real] = await Promise.all([realpath(area), realpath(folder).catch(() => '')]);
    if (!real.startsWith(root + sep))
      throw new TwinError('TWIN_GIT_ADDRESS', 'That is outside of the work area.', { next: 'Use https or ssh.' });
  };
  const checkAddress = async (url: string): Promise<void> => {
    if (/^(https|ssh):\/\/[a-z0-9[]/i.test(url) || /^[a-z0-9][\w.-]*@[a-z0-9][\w.-]*:[^-:]/i.test(url)) return;
    if (allowFiles && isAbsolute(url)) return inside(url);
    throw new TwinError('TWIN_GIT_ADDRESS', 'Only https and ssh addresses can be cloned.', {
      next: 'Give one that begins with https://, or like git@host:path.',
    });
  };
  const method = <A extends { name: string }>(
    shape: Pick<Method, 'description' | 'risk' | 'examples' | 'sample'> & {
      args: z.ZodType<A & Record<string, unknown>>;
    },
    effect: (args: A) => string,
    run: (git: SimpleGit, args: A) => Promise<string>,
  ): Method => ({
    ...shape,
    effect,
    timeoutMs: TIMEOUT_MS,
    run: (args: A, { signal }: ToolContext) =>
      spoken(signal, async () => run(await repository(args.name, signal), args)),
  });

  return {
    name: 'git',
    description: 'Repositories in a folder of the agent.',
    unavailable: () => (PLACES.some(existsSync) ? undefined : 'git is not installed. Install it: `apt install git`.'),
    methods: {
      // The address can carry words out, and needs nobody's password to do so.
      clone: {
        description: 'Copies a repository from an https or ssh address into the work area, under a name.',
        args: cloneArgs,
        risk: 'sensitive',
        timeoutMs: TIMEOUT_MS,
        examples: [
          'clone the repository',
          'clone {url:example dot com slash demo} as {name:demo}',
          'get that project with git',
          'git clone it as demo',
        ],
        effect: (args: z.infer<typeof cloneArgs>) => `Copies ${args.url} into the work area as ${args.name}.`,
        run: ({ url, name }: z.infer<typeof cloneArgs>, { signal }) =>
          spoken(signal, async () => {
            await mkdir(area, { recursive: true, mode: 0o700 });
            await checkAddress(url);
            const folder = join(area, name);
            if (existsSync(folder))
              throw new TwinError('TWIN_GIT_EXISTS', `There is something called ${name} already.`, {
                next: 'Choose another name.',
              });
            await open(area, signal).clone(url, folder, ['--no-recurse-submodules']);
            return `${name} is cloned.`;
          }),
      },
      status: method(
        {
          description: 'Says what has changed.',
          args: nameArgs,
          sample: { say: 'Git status of notes.', args: { name: 'notes' } },
          risk: 'read',
          examples: [
            'git status of {name:demo}',
            'what has changed in {name:demo}',
            'is the repository {name:demo} clean',
            'are there changes in the repo {name:demo}',
            'what is the status of the repository {name:demo}',
            'did anything change in {name:demo}',
            'has {name:demo} uncommitted changes',
            'check the status of the repository {name:demo}',
            'is anything uncommitted in {name:demo}',
            'show the git status of {name:demo}',
            'is there anything new in the repository {name:demo}',
          ],
        },
        ({ name }) => `Looks at ${name}.`,
        async (git) => {
          const { current, files, ahead, behind } = await git.status();
          const where = `On branch ${current ?? 'none'}${ahead ? `, ${ahead} ahead` : ''}${behind ? `, ${behind} behind` : ''}.`;
          if (files.length === 0) return `${where} Nothing has changed.`;
          return `${where} Changed: ${files
            .slice(0, 50)
            .map((file) => file.path)
            .join(', ')}.`;
        },
      ),
      diff: method(
        {
          description: 'Shows changes that are not committed.',
          args: nameArgs,
          risk: 'read',
          examples: [
            'show the diff of {name:demo}',
            'git diff of {name:demo}',
            'what exactly did you change in {name:demo}',
            'show me the changed lines of {name:demo}',
            'the differences in the repository {name:demo}',
          ],
        },
        ({ name }) => `Looks at ${name}.`,
        async (git) =>
          (await git.diff(['--no-ext-diff', '--no-textconv', 'HEAD'])).slice(0, DIFF_CHARS) || 'Nothing has changed.',
      ),
      log: method(
        {
          description: 'Lists the newest commits.',
          args: logArgs,
          sample: { say: 'Show the git log of notes.', args: { name: 'notes' } },
          risk: 'read',
          examples: [
            'show the git log of {name:demo}',
            'what are the last commits in {name:demo}',
            'who changed {name:demo} last',
            'list the newest commits of {name:demo}',
            'the commit history of {name:demo}',
            'git log of {name:demo}',
            'what was committed in {name:demo}',
            'the git history of {name:demo}',
          ],
        },
        ({ name }) => `Looks at ${name}.`,
        async (git, { count }) => {
          const { all } = await git.log({ maxCount: count });
          return all
            .map((one) => `${one.hash.slice(0, 8)} ${one.date.slice(0, 10)} ${one.author_name}: ${one.message}`)
            .join('\n');
        },
      ),
      branch: method(
        {
          description: 'Changes to a branch, made when it is missing.',
          args: branchArgs,
          risk: 'write',
          examples: [
            'make a branch called {branch:fix} in {name:demo}',
            'switch {name:demo} to branch {branch:main}',
            'new branch {branch:feature} in {name:demo}',
            'check out {branch:main} in {name:demo}',
            'create a branch named {branch:fix} in {name:demo}',
            'create the branch {branch:fix} in {name:demo}',
            'change {name:demo} to the branch {branch:main}',
          ],
        },
        ({ name, branch }) => `Changes ${name} to branch ${branch}.`,
        async (git, { branch }) => {
          const { all } = await git.branchLocal();
          await git.raw(all.includes(branch) ? ['switch', branch] : ['switch', '-c', branch]);
          return `On branch ${branch}.`;
        },
      ),
      commit: method(
        {
          description: 'Commits changed files, all or some.',
          args: commitArgs,
          risk: 'write',
          examples: [
            'commit the changes in {name:demo} with the message {message:small fix}',
            'git commit {name:demo} with message {message:new button}',
            'commit {name:demo} as {message:first draft}',
            'commit everything in {name:demo} with the message {message:first draft}',
            'commit all of {name:demo} with message {message:first draft}',
            'commit the changes in demo',
          ],
        },
        ({ name, message }) => `Commits to ${name}: ${JSON.stringify(message)}.`,
        async (git, { message, paths }) => {
          await git.raw(['add', '--', ...paths]);
          const who = await git.getConfig('user.email');
          const { commit } = await git.commit(
            message,
            who.value === null ? { '--author': 'Twin <twin@localhost>' } : {},
          );
          return commit === '' ? 'There is nothing to commit.' : `Committed as ${commit.slice(0, 8)}.`;
        },
      ),
      push: method(
        {
          description: 'Sends the current branch to where the repository came from.',
          args: nameArgs,
          risk: 'sensitive',
          examples: [
            'push {name:demo}',
            'git push {name:demo}',
            'send the commits of {name:demo} to the server',
            'upload the changes of {name:demo} with git',
            'push the commits of {name:demo}',
            'push {name:demo} to the server',
            'push my commits in {name:demo}',
          ],
        },
        ({ name }) => `Sends the commits of ${name} to where it was cloned from.`,
        async (git) => {
          const address = (await git.raw(['remote', 'get-url', '--push', 'origin'])).trim();
          await checkAddress(address);
          const branch = (await git.raw(['symbolic-ref', '--short', 'HEAD'])).trim();
          await git.raw(['push', 'origin', `refs/heads/${branch}:refs/heads/${branch}`]);
          return `Pushed ${branch}.`;
        },
      ),
    },
  };
}

/** Failures of git in its own last words, without addresses that may hold a password. */
async function spoken(signal: AbortSignal, work: () => Promise<string>): Promise<ToolResult> {
  try {
    return { ok: true, output: await work() };
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof TwinError || isAbort(error)) throw error;
    const said = String((error as Error).message)
      .trim()
      .split('\n')
      .slice(-3)
      .join(' ');
    return { ok: false, output: `git says: ${said.replace(/\/\/[^@\s/]+@/g, '//')}`, error: 'TWIN_GIT_FAILED' };
  }
}
