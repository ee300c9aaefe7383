import { join } from 'node:path';
import request from 'supertest';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { LongTermMemory } from '../memory/long-term.js';
import { memoryIn, noAbort, realEmbedder } from '../memory/real-embedder.fixture.js';
import { temporaryFolder } from '../temporary-folder.fixture.js';
import { type EchoAgent, openEchoAgent } from './echo-agent.fixture.js';
import type { Role } from './protocol.js';

const embedder = realEmbedder();
let agent: EchoAgent;
let memory: LongTermMemory;

beforeAll(() => embedder.start(noAbort()));
afterAll(() => embedder.close());
beforeEach(async () => {
  memory = memoryIn(join(temporaryFolder(), 'memory'), { embedder });
  await memory.start(noAbort());
  agent = await openEchoAgent({}, { memory });
  return async () => {
    await agent.close();
    await memory.close();
  };
});

const ask = (method: 'get' | 'post' | 'patch' | 'delete', path: string, role: Role = 'operator') =>
  request(agent.url)[method](`/api/memory${path}`).set(agent.as(role));
const remember = async (text: string): Promise<number> => (await ask('post', '').send({ text })).body.fact.id;

describe('the doors of the memory', () => {
  it('remember, list, search by meaning and words, change, forget and restore', async () => {
    const id = await remember('The spare key is under the blue pot.');
    await ask('post', '').send({ text: 'I live in Bonn.' }).expect(201);
    const moved = await ask('post', '').send({ text: 'I live in Graz.' }).expect(201);
    expect(moved.body).toMatchObject({ how: 'superseded', before: { text: 'I live in Bonn.' } });
    expect((await ask('get', `/${moved.body.fact.id}/history`, 'viewer')).body.facts).toHaveLength(1);
    expect((await ask('get', '', 'viewer').expect(200)).body).toMatchObject({
      total: 2,
      facts: [{ text: 'I live in Graz.' }, { source: 'told', pinned: false }],
    });
    const found = await ask('get', '/search?q=Where%20did%20I%20hide%20the%20extra%20key', 'viewer').expect(200);
    expect(found.body).toMatchObject({ meaning: true, facts: [{ id }, {}] });
    expect((await ask('get', '/search?q=GRAZ', 'viewer')).body.facts[0].text).toBe('I live in Graz.');
    const changed = await ask('patch', `/${id}`).send({ text: 'The key is at Weber.', pinned: true, enabled: false });
    expect(changed.body.fact).toMatchObject({ text: 'The key is at Weber.', pinned: true, enabled: false });
    await ask('delete', `/${id}`).expect(200);
    const some = await ask('get', `?ids=${moved.body.fact.id},${id},999`, 'viewer').expect(200);
    expect(some.body).toMatchObject({ total: 1, facts: [{ text: 'I live in Graz.' }] });
    await ask('get', '?ids=1,x', 'viewer').expect(400);
    await ask('delete', `/${id}`).expect(404);
    await ask('post', `/${id}/restore`).expect(200);
  });

  it('save, load and delete named states', async () => {
    await remember('I like tea.');
    await ask('post', '/states').send({ name: 'monday' }).expect(201, { facts: 1 });
    await remember('The boiler is old.');
    await ask('post', '/states/monday/load', 'admin').expect(200, { facts: 1 });
    expect((await ask('get', '', 'viewer')).body.total).toBe(1);
    expect((await ask('get', '/states', 'viewer')).body.states).toMatchObject([{ name: 'monday' }]);
    await ask('post', '/states').send({ name: '../out' }).expect(400);
    await ask('post', '/states/..%2Fout/load', 'admin').expect(400);
    await ask('delete', '/states/monday', 'admin').expect(204);
    await ask('post', '/states/monday/load', 'admin').expect(404);
  });

  it('give everything as one archive and take it again; another file changes nothing', async () => {
    await remember('I like tea.');
    const file = await ask('get', '/export')
      .buffer(true)
      .parse((response, done) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => done(null, Buffer.concat(chunks)));
      })
      .expect(200);
    await remember('The boiler is old.');
    const send = (body: Buffer) => ask('post', '/import', 'admin').set('content-type', 'application/gzip').send(body);
    await send(Buffer.from('nonsense')).expect(400);
    expect((await ask('get', '', 'viewer')).body.total).toBe(2);
    await send(file.body as Buffer).expect(200, { facts: 1 });
    expect((await ask('get', '', 'viewer')).body.facts).toMatchObject([{ text: 'I like tea.' }]);
  });

  it.each<['get' | 'post' | 'patch' | 'delete', string, Role]>([
    ['post', '', 'viewer'],
    ['patch', '/1', 'viewer'],
    ['delete', '/1', 'viewer'],
    ['post', '/1/restore', 'viewer'],
    ['get', '/export', 'viewer'],
    ['post', '/states', 'viewer'],
    ['post', '/import', 'operator'],
    ['post', '/states/a/load', 'operator'],
    ['delete', '/states/a', 'operator'],
  ])('%s %s is refused to a %s', async (method, path, role) => {
    await ask(method, path, role).expect(403);
  });

  it.each([{}, { text: '' }, { text: 'x'.repeat(1001) }, { text: 'a', id: 7 }])('refuse %j', async (body) => {
    await ask('post', '').send(body).expect(400);
  });
});
