import type { ServerResponse } from 'node:http';
import type {
  ExpertView,
  JobTemplate,
  JobView,
  NodeView,
  PlanAnswer,
} from '@twin/pipecat-app/server/cluster-protocol.js';
import { answer, type ScriptedServer } from './scripted-server.js';

const node = (name: string, more: Partial<NodeView> = {}): NodeView => ({
  state: 'awake',
  words: 'It takes jobs.',
  id: name,
  name,
  address: '192.0.2.11',
  cores: 2,
  cpu: 'Intel Core 2 Duo E8400',
  memory_mb: 3936,
  jobs: [],
  ...more,
});
const expert = (name: string, more: Partial<ExpertView> = {}): ExpertView => ({
  state: 'awake',
  words: 'It answers.',
  name,
  ok: true,
  model: 'qwen2.5-0.5b-instruct-q4_0',
  node: 'attic',
  context: 4096,
  slots: { total: 2, busy: 0 },
  tokens_per_second: 6.4,
  job: `${name}-expert`,
  place: 'cluster',
  ...more,
});
const job = (id: string, more: Partial<JobView> = {}): JobView => ({
  state: 'awake',
  words: 'It runs.',
  id,
  type: 'service',
  modify_index: 12,
  groups: [{ name: 'head', wanted: 1, running: 1, scalable: true }],
  ...more,
});

const TEMPLATE: JobTemplate = {
  name: 'llama-expert',
  purpose: 'one expert.',
  variables: [
    { name: 'job_name', type: 'string', description: 'Id of the job.', value: 'llamacpp-rpc', admin: false },
    { name: 'build_id', type: 'string', description: 'The llama.cpp build.', value: null, admin: false },
    { name: 'slots', type: 'number', description: 'Requests at once.', value: '2', admin: false },
    { name: 'memory_mb', type: 'number', description: '', value: '3000', admin: false },
    { name: 'node_path', type: 'string', description: '', value: '/usr/bin/node', admin: true },
  ],
};

const OTHER: JobTemplate = { name: 'health-check', purpose: 'asks every expert.', variables: [] };

const PLAN: PlanAnswer = {
  plan: 'p1',
  job: 'math-expert',
  modify_index: 0,
  changes: true,
  diff: [
    { sign: '+', depth: 0, text: 'job "math-expert"' },
    { sign: '+', depth: 1, text: 'group "head"' },
    { sign: '-', depth: 2, text: 'Meta[old]: "1"' },
    { sign: '~', depth: 2, text: `Count: "0" → "1" ${'and so on '.repeat(12)}` },
  ],
  effects: ['Group head: Nomad starts 1.'],
  warnings: ['No node can take group rpc now (3 looked at). It waits until one can.'],
};

/** A cluster that is how the test says, behind the doors of a scripted server. */
export class ScriptedCluster {
  role = 'operator';
  nomad: 'ok' | 'off' | 'failed' = 'ok';
  words = '';
  nodes = [
    node('attic', { jobs: ['llamacpp-rpc', 'pipecat-app'] }),
    node('cellar', { state: 'degraded', words: 'It is being emptied: its jobs move to other nodes.', cores: 4 }),
    node('workshop', {
      state: 'lost',
      words: 'Nomad does not reach it (down). Is it switched on, and on the network?',
    }),
  ];
  experts = [
    expert('main', { job: 'llamacpp-rpc', slots: { total: 2, busy: 1 } }),
    expert('coding', {
      state: 'degraded',
      words: 'It answers with qwen2.5-0.5b-instruct-q4_0, because its first choice does not work.',
      tokens_per_second: 3.1,
    }),
    expert('home', {
      state: 'loading',
      words: 'It loads its model; its log tells how far it is.',
      slots: null,
      model: '',
      context: 0,
      tokens_per_second: null,
      ok: false,
    }),
    expert('night', {
      state: 'asleep',
      words: 'It is scaled to none. Scale it to 1 to wake it.',
      slots: null,
      model: '',
      context: 0,
      node: '',
      tokens_per_second: null,
      ok: false,
    }),
    expert('writing', {
      state: 'lost',
      words: 'Nothing of it runs. Exit Code: 1',
      slots: null,
      model: '',
      context: 0,
      node: '',
      tokens_per_second: null,
      ok: false,
    }),
    expert('gemma-3-270m', {
      words: 'It answers when no expert can.',
      node: 'this agent',
      slots: null,
      context: 0,
      job: '',
      place: 'own',
    }),
  ];
  jobs = [
    job('coding-expert'),
    job('llamacpp-rpc'),
    job('pipecat-app', { groups: [{ name: 'app', wanted: 1, running: 1, scalable: true }] }),
  ];
  plan = PLAN;
  /** What was asked for, oldest first: method and path, and the body. */
  readonly asked: [string, unknown][] = [];
  /** The next change is refused like this. */
  refusal: { status: number; error: object } | null = null;
  /** `Last-Event-ID` or `after` of each reader of a log. */
  readonly readers: string[] = [];
  readonly #logs = new Set<ServerResponse>();

  constructor(server: ScriptedServer) {
    const views = { nodes: () => this.nodes, jobs: () => this.jobs, experts: () => this.experts };
    for (const [name, list] of Object.entries(views)) {
      server.doors.set(`GET /api/${name}`, (_, response) =>
        answer(response, 200, { nomad: this.nomad, words: this.words, [name]: list() }),
      );
    }
    server.doors.set('GET /api/session', (_, response) => answer(response, 200, { role: this.role }));
    server.doors.set('GET /api/jobs/templates', (_, response) =>
      answer(response, 200, { templates: [TEMPLATE, OTHER] }),
    );
    for (const path of ['/api/jobs', '/api/jobs/plan', '/api/jobs/llamacpp-rpc/scale', '/api/jobs/llamacpp-rpc/stop']) {
      server.doors.set(`POST ${path}`, (_, response, body) => {
        this.asked.push([path, body]);
        const { refusal } = this;
        if (path !== '/api/jobs/plan') this.refusal = null;
        if (refusal && path !== '/api/jobs/plan') return answer(response, refusal.status, { error: refusal.error });
        answer(response, 200, path === '/api/jobs/plan' ? this.plan : { job: this.plan.job });
      });
    }
    server.doors.set('GET /api/logs/llamacpp-rpc', ({ headers, url = '' }, response) => {
      const after = new URL(url, 'http://localhost').searchParams.get('after');
      this.readers.push(String(headers['last-event-id'] ?? after ?? ''));
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('retry: 50\n\n');
      this.#logs.add(response);
      response.once('close', () => this.#logs.delete(response));
      this.#event('start', 'a.0.0', { allocation: 'a', group: 'head', task: 'head', node: 'attic' });
    });
  }

  /** Whoever reads the log gets `text`, whose end is the place `at`. */
  write(text: string, at: number): void {
    this.#event('log', `a.${at}.0`, { stream: 'stdout', text });
  }

  /** Breaks the connections of all readers. */
  break(): void {
    for (const response of this.#logs) response.destroy();
  }

  close(): void {
    this.break();
  }

  #event(type: string, id: string, data: object): void {
    for (const response of this.#logs) response.write(`id: ${id}\nevent: ${type}\ndata: ${JSON.stringify(data)}\n\n`);
  }
}
