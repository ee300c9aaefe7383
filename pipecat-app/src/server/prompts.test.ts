import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import request from 'supertest';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { llmThat } from '../experts/broken-llm.fixture.js';
import type { LlmRequest } from '../experts/llm.js';
import { DraftAnswers } from '../mind/prompts/draft-answers.js';
import { PromptFiles } from '../mind/prompts/prompt-files.js';
import { PromptVersions } from '../mind/prompts/prompt-versions.js';
import { temporaryFolder } from '../temporary-folder.fixture.js';
import { type EchoAgent, openEchoAgent } from './echo-agent.fixture.js';
import { type PromptAnswer, promptAnswer, promptsAnswer, promptTestEvent } from './prompt-protocol.js';
import type { Role } from './protocol.js';

let echo: EchoAgent;
let folder: string;
let home: string;
/** What the model does when it is asked. */
let answer: (request: LlmRequest, signal: AbortSignal) => AsyncIterable<string>;
beforeEach(async () => {
  [folder, home] = [temporaryFolder(), temporaryFolder()];
  writeFileSync(join(folder, 'router.txt'), 'You are Twin.\n');
  writeFileSync(join(folder, 'commands.yaml'), 'commands: [{ reply: Ahoy., say: [hello] }]\n');
  const versions = new PromptVersions(home);
  const files = new PromptFiles(folder, versions);
  const drafts = new DraftAnswers({ llm: llmThat((asked, signal) => answer(asked, signal)) });
  echo = await openEchoAgent({}, { prompts: { files, versions, drafts } });
});
afterEach(() => echo.close());

const ask = (method: 'get' | 'put' | 'post', path: string, role: Role = 'admin') =>
  request(echo.url)[method](`/api/prompts${path}`).set(echo.as(role));
const read = async (name = 'router.txt'): Promise<PromptAnswer> =>
  promptAnswer.parse((await ask('get', `/${name}`, 'viewer').expect(200)).body);
const save = (text: string, etag: string, name = 'router.txt') =>
  ask('put', `/${name}`).set('if-match', `"${etag}"`).send({ text });

it('lists prompts, and gives one with its etag', async () => {
  const { body } = await ask('get', '', 'viewer').expect(200);
  const { prompts, read_only: readOnly } = promptsAnswer.parse(body);
  expect(prompts.map(({ name, kind }) => `${name} ${kind}`)).toEqual(['router.txt persona', 'commands.yaml commands']);
  expect(readOnly).toBe(null);
  const response = await ask('get', '/router.txt', 'viewer');
  expect(response.body).toMatchObject({ text: 'You are Twin.\n', versions: [] });
  expect(response.headers.etag).toBe(`"${response.body.etag}"`);
});

it('saves against the etag that was read, keeps versions and restores one', async () => {
  const first = await read();
  const second = promptAnswer.parse((await save('You are Iris.', first.etag).expect(200)).body);
  expect(second).toMatchObject({ text: 'You are Iris.', versions: [{ bytes: 14 }] });
  await save('You are late.', first.etag).expect(412);
  const [version] = second.versions;
  const kept = await ask('get', `/router.txt/versions/${version?.id}`, 'viewer').expect(200);
  expect(kept.body).toEqual({ text: first.text });
  const restore = () => ask('post', '/router.txt/restore').send({ version: version?.id });
  await restore().expect(428);
  const { body } = await restore().set('if-match', `"${second.etag}"`).expect(200);
  expect(body).toMatchObject({ text: first.text, etag: first.etag });
  expect(body.versions).toHaveLength(2);
  expect(readFileSync(join(folder, 'router.txt'), 'utf8')).toBe(first.text);
});

it('makes the persona of a new expert, once', async () => {
  const make = () => ask('put', '/garden_expert.txt').set('if-none-match', '*').send({ text: 'You garden.' });
  await make().expect(201);
  await make().expect(412);
  expect((await read('garden_expert.txt')).text).toBe('You garden.');
});

it('lists every line of commands that is wrong, and saves nothing', async () => {
  const { etag, text } = await read('commands.yaml');
  const bad = 'commands:\n  - call: a.b\n    say:\n      - what (now\n      - give {weight}\n';
  const { body } = await save(bad, etag, 'commands.yaml').expect(400);
  expect(body.error.code).toBe('TWIN_PROMPT_INVALID');
  expect(body.error.message).toMatch(/line 4.*\n.*line 5/);
  expect((await read('commands.yaml')).text).toBe(text);
});

it.each([
  ['/..%2Frouter.txt', 400],
  ['/%2Fetc%2Fpasswd', 400],
  ['/routing.json', 400],
  ['/nobody_expert.txt', 404],
  ['/router.txt/versions/..%2F..%2Fx', 404],
  ['/..%2Fx/versions/y', 400],
])('GET %s is %i', async (path, status) => {
  await ask('get', path).expect(status);
});

it('saves only what says which text it replaces, and nothing outside of its folder', async () => {
  await ask('put', '/router.txt').send({ text: 'x' }).expect(428);
  await ask('put', '/router.txt').set('if-match', '*').send({ text: 'x' }).expect(428);
  await ask('put', '/..%2Fx_expert.txt').set('if-none-match', '*').send({ text: 'x' }).expect(400);
  await ask('put', '/router.txt').send({ text: 7 }).expect(400);
  expect(readdirSync(folder).sort()).toEqual(['commands.yaml', 'router.txt']);
  expect(readdirSync(home)).toEqual([]);
});

it.each<['get' | 'put' | 'post', string, Role]>([
  ['put', '/router.txt', 'operator'],
  ['post', '/router.txt/restore', 'operator'],
  ['post', '/router.txt/test', 'viewer'],
])('%s %s is refused to a %s', async (method, path, role) => {
  await ask(method, path, role).send({}).expect(403);
});

const test = (body: object, role: Role = 'operator') => ask('post', '/router.txt/test', role).send(body);
const events = (text: string) =>
  text
    .trim()
    .split('\n')
    .map((line) => promptTestEvent.parse(JSON.parse(line)));

it('answers with a draft, piece by piece, and saves nothing', async () => {
  answer = async function* ({ messages }) {
    yield `${messages[0]?.content} `;
    yield 'Ahoy. ';
  };
  const response = await test({ text: 'You are Iris.', question: 'Who?' }).buffer(true).parse(textOf).expect(200);
  const seen = events(response.body);
  expect(seen.map((event) => (event.type === 'text' ? event.delta : '')).join('')).toBe('You are Iris. Ahoy. ');
  expect(seen.at(-1)).toMatchObject({ type: 'done' });
  expect((await read()).text).toBe('You are Twin.\n');
});

it('fails in words: before the first word as a request, behind it as an event', async () => {
  await test({ text: '', question: 'Who?' }).expect(400);
  await test({ text: 'You are Iris.', question: ' ' }).expect(400);
  answer = async function* () {
    yield 'Well, I think ';
    yield 'that this is ';
    throw new Error('secret');
  };
  const response = await test({ text: 'You are Iris.', question: 'Who?' }).buffer(true).parse(textOf).expect(200);
  expect(events(response.body).at(-1)).toMatchObject({ type: 'failure', code: 'TWIN_INTERNAL' });
  expect(response.body).not.toContain('secret');
});

it('stops the model when whoever asked hangs up, and tests the next draft then', async () => {
  const stopped: Promise<void>[] = [];
  let asked = (): void => undefined;
  answer = async function* (_, signal) {
    const gone = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
    stopped.push(gone);
    yield 'Well, I think that ';
    asked();
    await gone;
    signal.throwIfAborted();
  };
  const hangUp = new AbortController();
  const began = new Promise<void>((resolve) => {
    asked = resolve;
  });
  const body = JSON.stringify({ text: 'You are Iris.', question: 'Who?' });
  const headers = { ...echo.as('operator'), 'content-type': 'application/json' };
  const url = `${echo.url}/api/prompts/router.txt/test`;
  const first = fetch(url, { method: 'POST', headers, body, signal: hangUp.signal });
  await began;
  await test({ text: 'You are Iris.', question: 'Who?' }).expect(409);
  hangUp.abort();
  await expect(first.then((response) => response.text())).rejects.toThrow();
  await Promise.all(stopped);
  answer = async function* () {
    yield 'Ahoy. ';
  };
  await expect.poll(async () => (await test({ text: 'You are Iris.', question: 'Who?' })).status).toBe(200);
});

function textOf(response: request.Response, done: (error: Error | null, body: string) => void): void {
  let text = '';
  const stream = response as unknown as NodeJS.ReadableStream;
  stream.on('data', (bytes: Buffer) => {
    text += String(bytes);
  });
  stream.on('end', () => done(null, text));
}
