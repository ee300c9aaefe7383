import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ROOT } from '../bench/servers.js';
import { type Head, LlamaServers } from './llama-servers.js';

let llama: LlamaServers;
let heads: Head[];
let home: string;
let agent: ChildProcess;
let address = '';
beforeAll(async () => {
  llama = await LlamaServers.open();
  heads = [await llama.head(), await llama.head()];
  home = await mkdtemp(join(tmpdir(), 'twin-door-'));
  const experts = heads.map((head) => ({
    name: 'coding',
    dialect: 'llama',
    url: `http://127.0.0.1:${head.instance('coding').port}`,
  }));
  agent = spawn(process.execPath, [join(ROOT, 'pipecat-app/dist/main.js')], {
    env: {
      PATH: process.env.PATH,
      TWIN_HOME: home,
      TWIN_MODELS: join(home, 'models'),
      TWIN_ENGINES: join(home, 'engines'),
      TWIN_PORT: '0',
      TWIN_LOG_LEVEL: 'silent',
      AUTH_DISABLED: 'true',
      EXPERTS: JSON.stringify(experts),
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let out = '';
  for await (const bytes of agent.stdout ?? []) {
    out += String(bytes);
    address = /Twin listens at (\S+)/.exec(out)?.[1] ?? '';
    if (address !== '') break;
  }
});
afterAll(async () => {
  if (agent.exitCode === null) {
    agent.kill('SIGTERM');
    await once(agent, 'exit');
  }
  await Promise.all([llama.close(), rm(home, { recursive: true, force: true })]);
});

/** What `POST /v1/chat/completions` streams, `onPiece` called with the number of pieces so far. */
async function streamed(onPiece: (count: number) => void = () => undefined) {
  const response = await fetch(`${address}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      model: 'expert:coding',
      stream: true,
      temperature: 0,
      max_tokens: 40,
      messages: [{ role: 'user', content: 'Tell me the history of the Roman Empire.' }],
    }),
  });
  expect(response.status).toBe(200);
  let page = '';
  let pieces = 0;
  const decoder = new TextDecoder();
  for await (const bytes of response.body ?? []) {
    page += decoder.decode(bytes, { stream: true });
    const now = page.match(/"delta":\{"content":"[^"]/g)?.length ?? 0;
    for (; pieces < now; pieces++) onPiece(pieces + 1);
  }
  const lines = page.trim().split('\n\n');
  const chunks = lines
    .filter((line) => line.startsWith('data: {'))
    .map((line) => JSON.parse(line.slice(6)) as { id: string; choices: { delta: { content?: string } }[] });
  const text = chunks.map((chunk) => chunk.choices[0]?.delta.content ?? '').join('');
  return { text, pieces, ids: new Set(chunks.map(({ id }) => id)).size, last: lines.at(-1), page };
}

test('a client of OpenAI’s door sees one stream with the same answer, although the server behind it is killed', async () => {
  const models = (await (await fetch(`${address}/v1/models`)).json()) as { data: { id: string }[] };
  expect(models.data.map(({ id }) => id)).toContain('expert:coding');
  const whole = await streamed();
  expect(whole.pieces).toBeGreaterThan(10);
  const [first] = heads as [Head];
  const cut = await streamed((count) => void (count === 5 && process.kill(first.pid, 'SIGKILL')));
  expect(cut.page).toContain(': lost coding');
  expect(cut.text).toBe(whole.text);
  expect([cut.ids, cut.last]).toEqual([1, 'data: [DONE]']);
});
