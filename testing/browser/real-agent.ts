import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Mimic, mimic } from '@twin/pipecat-app/experts/dialects/mimic-server.fixture.js';
import type { Role } from '@twin/pipecat-app/server/protocol.js';
import type { Browser, BrowserContextOptions } from 'playwright-core';
import { ROOT, startReal } from '../bench/servers.js';
import { openPage, type Shown } from './stage.js';

export type RealAgent = {
  url: string;
  /** Its own folders: its state, and a copy of the repository's prompts. */
  home: string;
  prompts: string;
  /** What the language model was asked. */
  asked: Mimic['asked'];
  /** What the language model answers, piece by piece, from now on. */
  answers(script: Parameters<typeof mimic>[1]): void;
  key(role: Role): Promise<string>;
  stop(): Promise<void>;
};

/** The agent as people run it, with all its tools; only the language model behind it is scripted. */
export async function startRealAgent(
  env: Record<string, string> = {},
  { readOnlyPrompts = false }: { readOnlyPrompts?: boolean } = {},
): Promise<RealAgent> {
  let script: Parameters<typeof mimic>[1] = async function* () {
    yield { text: 'It is so.' };
  };
  const model = await mimic('openai', (asked, signal) => script(asked, signal));
  const prompts = await mkdtemp(join(tmpdir(), 'twin-prompts-'));
  await cp(join(ROOT, 'prompts'), prompts, { recursive: true });
  const nowhere = join(prompts, 'nowhere');
  const server = await startReal({
    env: {
      ...{ TWIN_MODELS: nowhere, TWIN_ENGINES: nowhere, TWIN_PROMPTS: prompts, TWIN_LOG_LEVEL: 'warn' },
      ...{ LLM_BASE_URL: model.endpoint.baseUrl, LLM_MODEL: 'scripted', CONSUL_HTTP_ADDR: '', NOMAD_ADDR: '' },
      ...{ HA_URL: '', HA_TOKEN: '', ...env },
    },
    ...(readOnlyPrompts && {
      wrap: ['bwrap', '--die-with-parent', '--dev-bind', '/', '/', '--ro-bind', prompts, prompts],
    }),
    enough: ({ parts }) => parts.llm?.ok === true,
  });
  const keys = new Map<Role, string>([['admin', server.key]]);
  return {
    url: server.endpoint,
    home: server.home,
    prompts,
    asked: model.asked,
    answers: (its) => {
      script = its;
    },
    async key(role) {
      const known = keys.get(role);
      if (known) return known;
      const response = await fetch(`${server.endpoint}/api/keys`, {
        method: 'POST',
        headers: { authorization: `Bearer ${server.key}`, 'content-type': 'application/json' },
        body: JSON.stringify({ name: role, role }),
      });
      const { key } = (await response.json()) as { key: string };
      keys.set(role, key);
      return key;
    },
    async stop() {
      await server.stop();
      await model.close();
      await rm(prompts, { recursive: true, force: true });
    },
  };
}

/** A page of the agent's, signed in. */
export async function openReal(
  browser: Browser,
  agent: RealAgent,
  { path = '/', role = 'admin', ...options }: BrowserContextOptions & { path?: string; role?: Role } = {},
): Promise<Shown> {
  const shown = await openPage(browser, options);
  const response = await shown.page.request.post(`${agent.url}/api/session`, { data: { key: await agent.key(role) } });
  if (!response.ok()) throw new Error(`Signing in failed: ${response.status()} ${await response.text()}`);
  await shown.page.goto(agent.url + path);
  return shown;
}
