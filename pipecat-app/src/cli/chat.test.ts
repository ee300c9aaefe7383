import { PassThrough } from 'node:stream';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type EchoAgent, openEchoAgent } from '../server/echo-agent.fixture.js';
import { chat } from './chat.js';

let echo: EchoAgent;
beforeAll(async () => {
  echo = await openEchoAgent();
});
afterAll(() => echo.close());

const connection = (): { endpoint: string; key: string } => ({ endpoint: echo.url, key: echo.keys.operator });
const signal = new AbortController().signal;

it('answers line by line until the input ends, then closes its session', async () => {
  const [input, output] = [new PassThrough(), new PassThrough()];
  input.end('hello there\n\nand again');
  await chat(connection(), { input, output, interactive: false }, signal);
  expect(output.read().toString()).toBe('twin> HELLO THERE\ntwin> AND AGAIN\n');
  await expect.poll(() => echo.agent.sessions()).toEqual([]);
});

it('says what is wrong with a line and goes on', async () => {
  const [input, output] = [new PassThrough(), new PassThrough()];
  input.end(`${'x'.repeat(4001)}\nhello\n`);
  await chat(connection(), { input, output, interactive: false }, signal);
  expect(output.read().toString()).toMatch(/not right.*\ntwin> HELLO\n$/s);
});

it('ends in words when the agent goes away', async () => {
  const other = await openEchoAgent();
  const [input, output] = [new PassThrough(), new PassThrough()];
  const talking = chat(
    { endpoint: other.url, key: other.keys.operator },
    { input, output, interactive: false },
    signal,
  );
  talking.catch(() => undefined);
  await expect.poll(() => other.agent.sessions()).toHaveLength(1);
  await other.close();
  await expect(talking).rejects.toMatchObject({ code: 'TWIN_UNREACHABLE' });
});
