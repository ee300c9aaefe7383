import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import request from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type EchoAgent, openEchoAgent } from '../echo-agent.fixture.js';
import { SignIns } from './sign-in.js';

let echo: EchoAgent;
beforeAll(async () => {
  echo = await openEchoAgent();
});
afterAll(() => echo.close());

const api = () => request(echo.url);

describe('who may', () => {
  it('refuses no key, a wrong key and a foreign host name', async () => {
    expect((await api().get('/api/status').expect(401)).body.error.next).toContain('twin signin');
    await api().get('/api/status').set('x-api-key', 'twin_wrong').expect(401);
    await api().get('/api/status').set(echo.as('admin')).set('host', 'evil.example').expect(421);
    await api().get('/health').set('host', 'evil.example').expect(421);
  });

  it('takes a key in either header', async () => {
    await api().get('/api/status').set('x-api-key', echo.keys.viewer).expect(200);
  });

  it('signs a browser in by key, and out', async () => {
    const { headers } = await api().post('/api/session').send({ key: echo.keys.operator }).expect(200);
    const cookie = String(headers['set-cookie']);
    expect(cookie).toMatch(/HttpOnly; SameSite=Strict/);
    expect(cookie).not.toContain(echo.keys.operator);
    const pair = cookie.split(';')[0] ?? '';
    expect((await api().get('/api/session').set('cookie', pair).expect(200)).body).toMatchObject({ role: 'operator' });
    await api().delete('/api/session').set('cookie', pair).set('origin', echo.url).expect(204);
    await api().get('/api/session').set('cookie', pair).expect(401);
  });

  it('lets a cookie change things only from its own page', async () => {
    const { headers } = await api().post('/api/session').send({ key: echo.keys.operator });
    const cookie = String(headers['set-cookie']).split(';')[0] ?? '';
    const send = () => api().post('/api/message').set('cookie', cookie).send({ text: 'hello', wait: true });
    await send().expect(403);
    await send().set('origin', 'https://evil.example').expect(403);
    await send().set('origin', 'null').expect(403);
    await send().set('origin', echo.url).expect(200);
  });

  it('ends browser sessions with the key that opened them', async () => {
    const { id, key } = await echo.store.create('short', 'viewer');
    const { headers } = await api().post('/api/session').send({ key });
    const cookie = String(headers['set-cookie']).split(';')[0] ?? '';
    await api().get('/api/session').set('cookie', cookie).expect(200);
    await api().delete(`/api/keys/${id}`).set(echo.as('admin')).expect(204);
    await api().get('/api/session').set('cookie', cookie).expect(401);
    await api().get('/api/session').set('x-api-key', key).expect(401);
  });

  it('makes keys for administrators only and never shows them again', async () => {
    await api().post('/api/keys').set(echo.as('operator')).send({ name: 'x', role: 'viewer' }).expect(403);
    const { body } = await api()
      .post('/api/keys')
      .set(echo.as('admin'))
      .send({ name: 'lamp', role: 'viewer' })
      .expect(201);
    await api().get('/api/status').set('x-api-key', body.key).expect(200);
    const list = await api().get('/api/keys').set(echo.as('admin')).expect(200);
    expect(list.text).toContain('lamp');
    expect(list.text).not.toContain(body.key);
    expect(readFileSync(join(echo.agent.config.TWIN_HOME, 'keys.json'), 'utf8')).not.toContain(body.key);
  });

  it('keeps its key files for their owner', () => {
    for (const file of ['admin.key', 'keys.json']) {
      expect(statSync(join(echo.agent.config.TWIN_HOME, file)).mode & 0o777).toBe(0o600);
    }
  });
});

describe('sign-in links', () => {
  it('work once', async () => {
    const link = new URL(echo.server.signInLink());
    const first = await api()
      .get(link.pathname + link.search)
      .expect(303);
    expect(first.headers.location).toBe('/');
    expect(first.headers['set-cookie']).toBeDefined();
    const second = await api()
      .get(link.pathname + link.search)
      .expect(401);
    expect(second.text).toContain('twin signin');
    expect(second.headers['set-cookie']).toBeUndefined();
  });

  it('are not used up by a browser that only looks ahead', async () => {
    const link = new URL(echo.server.signInLink());
    await api()
      .get(link.pathname + link.search)
      .set('sec-purpose', 'prefetch')
      .expect(204);
    await api()
      .get(link.pathname + link.search)
      .expect(303);
  });

  it('are made for administrators, with the role that they ask for', async () => {
    await api().post('/api/signin-codes').set(echo.as('operator')).expect(403);
    const { body } = await api().post('/api/signin-codes').set(echo.as('admin')).send({ role: 'viewer' }).expect(201);
    expect(body.expires_s).toBe(600);
    const code = new URL(body.url).searchParams.get('code');
    expect((await api().post('/api/session').send({ code }).expect(200)).body.role).toBe('viewer');
    await api().post('/api/session').send({ code }).expect(401);
  });

  it('end after ten minutes', () => {
    let now = 0;
    const signIns = new SignIns(() => now);
    const code = signIns.issueCode({ role: 'admin', name: 'a', keyId: '' });
    now = 10 * 60_000;
    expect(signIns.redeem(code)).toBeUndefined();
  });
});

describe('limits and labs', () => {
  it('stops guessing after ten wrong keys in a minute', async () => {
    const other = await openEchoAgent();
    try {
      for (let i = 0; i < 10; i++)
        await request(other.url)
          .post('/api/session')
          .send({ key: `twin_${i}` })
          .expect(401);
      const { body } = await request(other.url).post('/api/session').send({ key: 'twin_x' }).expect(429);
      expect(body.error).toMatchObject({ code: 'TWIN_TOO_MANY', next: expect.stringMatching(/wait/i) });
    } finally {
      await other.close();
    }
  });

  it('needs no sign-in in a lab, but still refuses foreign pages', async () => {
    const lab = await openEchoAgent({ AUTH_DISABLED: 'true' });
    try {
      expect((await request(lab.url).get('/api/session').expect(200)).body.authDisabled).toBe(true);
      await request(lab.url).post('/api/message').send({ text: 'hi', wait: true }).expect(200);
      await request(lab.url)
        .post('/api/message')
        .set('origin', 'https://evil.example')
        .send({ text: 'hi' })
        .expect(403);
    } finally {
      await lab.close();
    }
  });
});
