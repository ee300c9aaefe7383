import request from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ClusterAgent, JOB, openClusterAgent } from './cluster-agent.fixture.js';
import { type EchoAgent, openEchoAgent } from './echo-agent.fixture.js';

let agent: ClusterAgent;
beforeAll(async () => {
  agent = await openClusterAgent();
});
afterAll(() => agent.close());

type Role = 'viewer' | 'operator' | 'admin';
const as = (role: Role, at: EchoAgent = agent) => ({ authorization: `Bearer ${at.keys[role]}` });
const get = (path: string, role: Role = 'viewer') => request(agent.url).get(path).set(as(role));
const post = (path: string, body: object, role: Role = 'operator') =>
  request(agent.url).post(path).set(as(role)).send(body);

async function deploy(id: string, count = 1): Promise<void> {
  const { body } = await post('/api/jobs/plan', { hcl: JOB(id, count) }, 'admin').expect(200);
  await post('/api/jobs', { plan: body.plan, modify_index: body.modify_index }).expect(201);
}
const jobs = async () =>
  (await get('/api/jobs').expect(200)).body.jobs as { id: string; state: string; words: string }[];
const stateOf = async (id: string) => (await jobs()).find((job) => job.id === id)?.state;

describe('views', () => {
  it('show nodes and jobs with their state in words', async () => {
    await deploy('seen');
    expect((await get('/api/nodes').expect(200)).body).toMatchObject({
      nomad: 'ok',
      words: '',
      nodes: [{ name: 'fake', state: 'awake', words: 'It takes jobs.' }],
    });
    await expect.poll(() => stateOf('seen')).toBe('awake');
    const seen = (await jobs()).find(({ id }) => id === 'seen');
    expect(seen).toMatchObject({
      words: 'It runs.',
      groups: [{ name: 'talk', wanted: 1, running: 1, scalable: true }],
    });
    expect((await request(agent.url).get('/health')).body.nomad).toBe('ok');
  });
});

describe('changes', () => {
  it('are planned, shown, and then done exactly as shown', async () => {
    const { body } = await post('/api/jobs/plan', { template: 'talker', variables: {} }).expect(200);
    expect(body).toMatchObject({
      job: 'templated',
      modify_index: 0,
      changes: true,
      diff: [{ sign: '+', depth: 0, text: 'job "templated"' }],
      effects: ['Group talk: Nomad starts 1.'],
    });
    await post('/api/jobs', { plan: body.plan, modify_index: 0 }).expect(201, { job: 'templated' });
    expect((await jobs()).map(({ id }) => id)).toContain('templated');
  });

  it('that were shown before another one came are refused', async () => {
    const { body } = await post('/api/jobs/plan', { hcl: JOB('raced') }, 'admin').expect(200);
    await deploy('raced', 2);
    const refused = await post('/api/jobs', { plan: body.plan, modify_index: body.modify_index }).expect(409);
    expect(refused.body.error).toMatchObject({ code: 'TWIN_JOB_CHANGED', next: expect.stringContaining('plan') });
    const scale = { group: 'talk', count: 3, modify_index: body.modify_index + 1 };
    expect((await post('/api/jobs/raced/scale', scale).expect(409)).body.error.code).toBe('TWIN_JOB_CHANGED');
    expect((await post('/api/jobs/raced/stop', { modify_index: 1 }).expect(409)).body.error.code).toBe(
      'TWIN_JOB_CHANGED',
    );
  });

  it('scale and stop a job, each with its plan', async () => {
    await deploy('scaled');
    const plan = (await post('/api/jobs/plan', { job: 'scaled', group: 'talk', count: 2 }).expect(200)).body;
    expect(plan).toMatchObject({ plan: '', effects: ['Group talk: Nomad starts 1.'] });
    expect(plan.diff.map(({ text }: { text: string }) => text)).toContain('Count: "1" → "2"');
    await post('/api/jobs/scaled/scale', { group: 'talk', count: 2, modify_index: plan.modify_index }).expect(200);
    await expect.poll(async () => (await jobs()).find(({ id }) => id === 'scaled')?.words).toBe('All 2 run.');
    const stop = (await post('/api/jobs/plan', { job: 'scaled', stop: true }).expect(200)).body;
    expect(stop.effects).toEqual(['Group talk: Nomad stops 2.']);
    await post('/api/jobs/scaled/stop', { modify_index: stop.modify_index }).expect(200);
    await expect.poll(() => stateOf('scaled')).toBe('asleep');
  });

  it('belong to operators, and jobs of one’s own to administrators', async () => {
    const plan = { template: 'talker' };
    for (const [path, body] of [
      ['/api/jobs/plan', plan],
      ['/api/jobs', { plan: 'x', modify_index: 0 }],
      ['/api/jobs/seen/scale', { group: 'talk', count: 1 }],
      ['/api/jobs/seen/stop', {}],
    ] as const) {
      await request(agent.url).post(path).send(body).expect(401);
      await post(path, body, 'viewer').expect(403);
    }
    await get('/api/jobs/templates').expect(403);
    await post('/api/jobs/plan', { hcl: JOB('own') }).expect(403);
    const guarded = { template: 'talker', variables: { node_path: '/tmp/mine' } };
    expect((await post('/api/jobs/plan', guarded).expect(403)).body.error.message).toContain('node_path');
    await post('/api/jobs/plan', guarded, 'admin').expect(200);
  });

  it('that make no sense are refused with words', async () => {
    const bad = async (path: string, body: object, status: number) => {
      const { error } = (await post(path, body, 'admin').expect(status)).body;
      expect(error).toMatchObject({ message: expect.stringMatching(/\w/), next: expect.stringMatching(/\w/) });
      return error.message as string;
    };
    for (const body of [
      {},
      { hcl: '' },
      { hcl: 'x', template: 'y' },
      { job: 'x', group: 'y', count: -1 },
      { job: 'x', stop: false },
    ])
      await bad('/api/jobs/plan', body, 400);
    expect(await bad('/api/jobs/plan', { hcl: 'job "x" {\n  type =\n}' }, 400)).toContain(':2');
    expect(await bad('/api/jobs/plan', { template: 'nothing' }, 404)).toContain('nothing');
    await bad('/api/jobs/plan', { template: '../secret' }, 400);
    const unknown = { template: 'talker', variables: { hwo_many: '1' } };
    expect(await bad('/api/jobs/plan', unknown, 400)).toContain('hwo_many: there is no such variable');
    await bad('/api/jobs/plan', { job: 'nowhere', stop: true }, 404);
    await bad('/api/jobs', { plan: 'nothing', modify_index: 0 }, 409);
    await bad('/api/jobs/nowhere/scale', { group: 'talk', count: 1 }, 404);
    await bad('/api/jobs/nowhere/stop', {}, 404);
  });

  it('lists what can be deployed', async () => {
    const { body } = await get('/api/jobs/templates', 'operator').expect(200);
    expect(body.templates).toEqual([
      {
        name: 'talker',
        purpose: 'talks, and goes on.',
        variables: [
          { name: 'how_many', type: 'number', description: 'How many.', value: '1', admin: false },
          { name: 'node_path', type: 'string', description: '', value: '/usr/bin/node', admin: true },
        ],
      },
    ]);
  });
});

describe('without Nomad', () => {
  it('views tell how to get a cluster, and actions answer 503 with the next step', async () => {
    const alone = await openEchoAgent();
    try {
      const at = request(alone.url);
      const { body } = await at.get('/api/jobs').set(as('viewer', alone)).expect(200);
      expect(body).toEqual({ nomad: 'off', words: expect.stringContaining('npm run cluster'), jobs: [] });
      const nodes = (await at.get('/api/nodes').set(as('viewer', alone)).expect(200)).body.nodes;
      expect(nodes).toMatchObject([{ state: 'awake', words: 'The agent runs here.' }]);
      for (const path of ['/api/jobs/plan', '/api/jobs/x/stop']) {
        const body = path.endsWith('plan') ? { job: 'x', stop: true } : {};
        const refused = await at.post(path).set(as('operator', alone)).send(body).expect(503);
        expect(refused.body.error).toMatchObject({
          code: 'TWIN_NOMAD_OFF',
          next: expect.stringContaining('NOMAD_ADDR'),
        });
      }
      await at.get('/api/logs/x').set(as('viewer', alone)).expect(503);
    } finally {
      await alone.close();
    }
  });

  it('that does not answer, is named, and what it is to do answers 503', async () => {
    const gone = await openClusterAgent();
    try {
      await gone.nomad.server.close();
      const at = request(gone.url);
      const { body } = await at.get('/api/jobs').set(as('viewer', gone)).expect(200);
      expect(body).toMatchObject({ nomad: 'failed', words: expect.stringContaining('NOMAD_ADDR'), jobs: [] });
      const refused = await at.post('/api/jobs/x/stop').set(as('operator', gone)).send({}).expect(503);
      expect(refused.body.error.code).toBe('TWIN_NOMAD_UNREACHABLE');
    } finally {
      await gone.close().catch(() => undefined);
    }
  });
});
