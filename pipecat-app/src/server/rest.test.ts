import request from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type EchoAgent, openEchoAgent } from './echo-agent.fixture.js';

let echo: EchoAgent;
beforeAll(async () => {
  echo = await openEchoAgent();
});
afterAll(() => echo.close());

const api = () => request(echo.url);

describe('health and views', () => {
  it('tells its health without a sign-in', async () => {
    const { body } = await api().get('/health').expect(200);
    expect(body).toEqual({
      status: 'ok',
      version: '0.0.0',
      parts: { ears: { ok: true, detail: 'ready' } },
      experts: [],
      consul: 'off',
      nomad: 'off',
    });
  });

  it('shows metrics and views to viewers only', async () => {
    for (const path of ['/metrics', '/api/status', '/api/nodes', '/api/jobs', '/api/experts', '/api/conversation']) {
      await api().get(path).expect(401);
      await api().get(path).set(echo.as('viewer')).expect(200);
    }
    expect((await api().get('/metrics').set(echo.as('viewer'))).text).toContain('twin_sessions_open');
    expect((await api().get('/api/nodes').set(echo.as('viewer'))).body.nodes).toHaveLength(1);
  });

  it('sets headers that keep foreign scripts and frames out', async () => {
    const { headers } = await api().get('/health');
    expect(headers['content-security-policy']).toContain("default-src 'self'");
    expect(headers['content-security-policy']).toContain("frame-ancestors 'none'");
    expect(headers['x-powered-by']).toBeUndefined();
  });
});

describe('messages', () => {
  it('answers at once when asked to wait', async () => {
    const { body } = await api()
      .post('/api/message')
      .set(echo.as('operator'))
      .send({ text: 'hello', wait: true })
      .expect(200);
    expect(body).toMatchObject({ answer: 'HELLO', turn: { transcript: 'hello', kind: 'text' } });
  });

  it('accepts a message and answers for it later, to its sender only', async () => {
    const { body } = await api().post('/api/message').set(echo.as('operator')).send({ text: 'later' }).expect(202);
    await expect
      .poll(async () => (await api().get(`/api/message/${body.id}`).set(echo.as('operator'))).body.answer)
      .toBe('LATER');
    await api().get(`/api/message/${body.id}`).set(echo.as('admin')).expect(404);
  });

  it('keeps a named conversation in one session and in order', async () => {
    const send = (text: string) =>
      api().post('/api/message').set(echo.as('operator')).send({ text, session: 'kitchen', wait: true });
    const answers = await Promise.all([send('one'), send('two'), send('three')]);
    expect(answers.map(({ body }) => body.turn.turn).sort()).toEqual([1, 2, 3]);
    expect(new Set(answers.map(({ body }) => body.turn.session)).size).toBe(1);
  });

  it('shows what was said since a line', async () => {
    const before = (await api().get('/api/conversation').set(echo.as('viewer'))).body.lines.at(-1)?.id ?? 0;
    await api().post('/api/message').set(echo.as('operator')).send({ text: 'note', wait: true });
    const { body } = await api().get(`/api/conversation?since=${before}`).set(echo.as('viewer'));
    expect(body.lines.map(({ role, text }: { role: string; text: string }) => [role, text])).toEqual([
      ['user', 'note'],
      ['assistant', 'NOTE'],
    ]);
  });

  it('forgets what was said when an operator asks for it', async () => {
    await api().post('/api/message').set(echo.as('operator')).send({ text: 'note', wait: true });
    await api().delete('/api/conversation').set(echo.as('viewer')).expect(403);
    expect((await api().get('/api/conversation').set(echo.as('viewer'))).body.lines).not.toEqual([]);
    await api().delete('/api/conversation').set(echo.as('operator')).expect(204);
    expect((await api().get('/api/conversation').set(echo.as('viewer'))).body.lines).toEqual([]);
  });

  it('lets viewers not type', async () => {
    await api().post('/api/message').set(echo.as('viewer')).send({ text: 'hello' }).expect(403);
  });

  it('answers 200 requests that are wrong with words, and the next good one works', async () => {
    const wrong = [
      '',
      '{',
      'null',
      '[]',
      '{"text":5}',
      '{"text":" "}',
      '{"text":"x","session":"../.."}',
      `{"text":"${'x'.repeat(4001)}"}`,
    ];
    for (let i = 0; i < 200; i++) {
      const { status, body } = await api()
        .post('/api/message')
        .set(echo.as('operator'))
        .type('json')
        .send(wrong[i % wrong.length] ?? '');
      expect(status).toBe(400);
      expect(body.error).toMatchObject({
        code: 'TWIN_BAD_REQUEST',
        message: expect.stringMatching(/\w/),
        next: expect.stringMatching(/\w/),
      });
    }
    await api().post('/api/message').set(echo.as('operator')).send({ text: 'fine', wait: true }).expect(200);
  });

  it('refuses a body over 64 kB', async () => {
    const { body } = await api()
      .post('/api/message')
      .set(echo.as('operator'))
      .send({ text: 'x'.repeat(70_000) })
      .expect(413);
    expect(body.error.code).toBe('TWIN_TOO_LARGE');
  });
});

describe('starting', () => {
  it('is honest while parts start and when one failed', async () => {
    const close = async () => undefined;
    const parts = [
      {
        name: 'ears',
        core: true,
        start: () => new Promise<void>(() => undefined),
        health: () => ({ ok: true, detail: '' }),
        close,
      },
    ];
    const starting = await openEchoAgent(
      {},
      { parts: parts.map((part) => ({ ...part, start: (signal) => hang(signal) })) },
    );
    expect((await request(starting.url).get('/health').expect(503)).body).toMatchObject({
      status: 'starting',
      parts: { ears: { ok: false, detail: 'It is starting.' } },
    });
    await starting.close();
    const failed = await openEchoAgent(
      {},
      {
        parts: [
          {
            ...parts[0],
            name: 'ears',
            core: true,
            start: () => Promise.reject(new Error('SECRET')),
            health: () => ({ ok: true, detail: '' }),
            close,
          },
        ],
      },
    );
    const { body, text } = await request(failed.url).get('/health').expect(503);
    expect(body).toMatchObject({ status: 'failed', parts: { ears: { ok: false } } });
    expect(text).not.toContain('SECRET');
    await failed.close();
  });

  it('says in words that its port is taken', async () => {
    const port = new URL(echo.url).port;
    await expect(openEchoAgent({ TWIN_PORT: port })).rejects.toMatchObject({
      code: 'TWIN_PORT',
      next: expect.stringContaining('TWIN_PORT'),
    });
  });
});

function hang(signal: AbortSignal): Promise<void> {
  return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
}
