import { existsSync } from 'node:fs';
import { readFile, stat, writeFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { isAbort } from '../errors.js';
import { fetchFromHub, type HubLimits } from './hub-source.js';
import { modelOf, noise, scratch, serve } from './models.fixture.js';
import type { PullProgress } from './progress.js';

const DATA = noise(300_000);
const LIMITS: HubLimits = { connectMs: 2_000, stallMs: 2_000, retryDelayMs: 1 };

async function setup(url: string) {
  const dir = await scratch(onTestFinished);
  const progress: PullProgress[] = [];
  const abort = new AbortController();
  const context = {
    model: modelOf(DATA, [{ type: 'hub', url }]),
    partPath: join(dir, 'part'),
    workDir: join(dir, 'work'),
    enginesDir: dir,
    signal: abort.signal,
    report: (step: PullProgress) => void progress.push(step),
  };
  return { context, progress, abort, fetch: (limits = LIMITS) => fetchFromHub(url, context, limits) };
}

/** Answers like a file server that knows byte ranges. */
function file(request: IncomingMessage, response: ServerResponse): void {
  const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? Number.NaN);
  if (Number.isNaN(from)) response.writeHead(200, { 'content-length': DATA.length }).end(DATA);
  else {
    const range = `bytes ${from}-${DATA.length - 1}/${DATA.length}`;
    response.writeHead(206, { 'content-range': range }).end(DATA.subarray(from));
  }
}

test('a whole file arrives, with progress up to its last byte', async () => {
  const { context, progress, fetch } = await setup(await serve(onTestFinished, file));
  await fetch();
  expect((await readFile(context.partPath)).equals(DATA)).toBe(true);
  expect(progress.at(-1)).toMatchObject({ doneBytes: DATA.length, totalBytes: DATA.length, etaS: 0 });
});

test('a partial file is continued from its last byte', async () => {
  const ranges: (string | undefined)[] = [];
  const url = await serve(onTestFinished, (request, response) => {
    ranges.push(request.headers.range);
    file(request, response);
  });
  const { context, fetch } = await setup(url);
  await writeFile(context.partPath, DATA.subarray(0, 120_000));
  await fetch();
  expect(ranges).toEqual(['bytes=120000-']);
  expect((await readFile(context.partPath)).equals(DATA)).toBe(true);
});

test('a server without ranges sends all, and the partial file is replaced', async () => {
  const url = await serve(onTestFinished, (_, response) => response.writeHead(200).end(DATA));
  const { context, fetch } = await setup(url);
  await writeFile(context.partPath, DATA.subarray(0, 120_000));
  await fetch();
  expect((await readFile(context.partPath)).equals(DATA)).toBe(true);
});

test('a connection that breaks again and again is taken up where it stopped', async () => {
  const ranges: (string | undefined)[] = [];
  let current: ServerResponse;
  const url = await serve(onTestFinished, (request, response) => {
    ranges.push(request.headers.range);
    const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
    const head = from ? { 'content-range': `bytes ${from}-${DATA.length - 1}/${DATA.length}` } : {};
    response.writeHead(from ? 206 : 200, head);
    current = response;
    const end = from + 50_000;
    if (end >= DATA.length) response.end(DATA.subarray(from));
    else response.write(DATA.subarray(from, end));
  });
  const { context } = await setup(url);
  const report = ({ doneBytes }: PullProgress) => {
    if (doneBytes > 0 && doneBytes % 50_000 === 0 && doneBytes < DATA.length) current.destroy();
  };
  await fetchFromHub(url, { ...context, report }, LIMITS);
  expect(ranges).toEqual([undefined, ...[1, 2, 3, 4, 5].map((n) => `bytes=${n * 50_000}-`)]);
  expect((await readFile(context.partPath)).equals(DATA)).toBe(true);
});

test('a server that always ends too early is given up, and the part is kept', async () => {
  const url = await serve(onTestFinished, (_, response) => response.writeHead(200).end(DATA.subarray(0, 1_000)));
  const { context, fetch } = await setup(url);
  await expect(fetch()).rejects.toMatchObject({
    code: 'TWIN_MODEL_SOURCE',
    message: /ended after 1000 of 300000 bytes/,
  });
  expect((await stat(context.partPath)).size).toBe(1_000);
});

test('a server that falls silent is not waited for longer than the limit', async () => {
  const url = await serve(onTestFinished, (_, response) => void response.writeHead(200).write(DATA.subarray(0, 1_000)));
  const { fetch } = await setup(url);
  await expect(fetch({ ...LIMITS, stallMs: 50 })).rejects.toThrow(/broke off/);
});

test('a busy server is asked again', async () => {
  let requests = 0;
  const url = await serve(onTestFinished, (request, response) => {
    if (requests++ === 0) response.writeHead(503).end();
    else file(request, response);
  });
  const { context, fetch } = await setup(url);
  await fetch();
  expect((await stat(context.partPath)).size).toBe(DATA.length);
});

test.each<[string, (response: ServerResponse) => void, RegExp]>([
  ['has no such file', (response) => response.writeHead(404).end(), /answers 404/],
  [
    'has a file of another size',
    (response) => response.writeHead(200, { 'content-length': 5 }).end('abcde'),
    /has 5 bytes, expected 300000/,
  ],
  ['sends too much', (response) => response.writeHead(200).end(Buffer.concat([DATA, DATA])), /more than the expected/],
])('a server that %s is refused at once, in words', async (_, answer, words) => {
  let requests = 0;
  const url = await serve(onTestFinished, (_request, response) => {
    requests++;
    answer(response);
  });
  const { fetch } = await setup(url);
  await expect(fetch()).rejects.toThrow(words);
  expect(requests).toBe(1);
});

test('a range that was not asked for is refused', async () => {
  const url = await serve(onTestFinished, (_, response) =>
    response.writeHead(206, { 'content-range': `bytes 5-9/${DATA.length}` }).end(),
  );
  const { context, fetch } = await setup(url);
  await writeFile(context.partPath, DATA.subarray(0, 100));
  await expect(fetch()).rejects.toThrow(/another range/);
});

test('a host where nobody listens is named', async () => {
  const { fetch } = await setup('http://127.0.0.1:9');
  await expect(fetch()).rejects.toThrow(/^127\.0\.0\.1:9: it cannot be reached/);
});

test('an abort ends the transfer and keeps what has come', async () => {
  const url = await serve(
    onTestFinished,
    (_, response) => void response.writeHead(200).write(DATA.subarray(0, 100_000)),
  );
  const { context, abort } = await setup(url);
  const { report } = context;
  const fetching = fetchFromHub(
    url,
    {
      ...context,
      report: (step) => {
        report(step);
        if (step.doneBytes >= 100_000) abort.abort();
      },
    },
    LIMITS,
  );
  await expect(fetching).rejects.toSatisfy(isAbort);
  expect(existsSync(context.partPath)).toBe(true);
});
