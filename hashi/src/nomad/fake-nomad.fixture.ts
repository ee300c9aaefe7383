import type { ServerResponse } from 'node:http';
import { json, type Loopback, type Seen, serve, words } from '../loopback.fixture.js';
import { type Answer, missing } from './fake-answer.fixture.js';
import { FakeEvents } from './fake-events.fixture.js';
import { FakeJobs } from './fake-jobs.fixture.js';
import { logFiles, streamLog } from './fake-logs.fixture.js';
import { FakeVariables } from './fake-variables.fixture.js';

/** Nomad as far as the contract goes. */
export class FakeNomad {
  server!: Loopback;
  readonly #events = new FakeEvents();
  readonly #jobs = new FakeJobs(this.#events);
  readonly #variables = new FakeVariables();
  readonly #namespaces = new Map([['default', '']]);

  readonly #following = new Set<ServerResponse>();

  /** Logs that are being read now. */
  streams(): number {
    return this.#following.size;
  }

  async start(): Promise<this> {
    this.server = await serve((seen, response) => this.#answer(seen, response));
    return this;
  }

  #answer(seen: Seen, response: ServerResponse): void {
    const path = seen.path.slice('/v1/'.length);
    if (path === 'event/stream') this.#events.stream(seen, response);
    else if (path.startsWith('client/fs/logs/')) {
      this.#following.add(response);
      response.once('close', () => this.#following.delete(response));
      streamLog(seen, response);
    } else {
      const { value, status = 200, text } = this.#value(path, seen);
      if (text === undefined) json(response, value, {}, status);
      else words(response, status, text);
    }
  }

  #value(path: string, seen: Seen): Answer {
    const [area = ''] = path.split('/');
    const rest = path.slice(area.length + 1);
    switch (area) {
      case 'jobs':
        return this.#allJobs(rest, seen);
      case 'job':
        return this.#job(rest, seen);
      case 'evaluation':
        return this.#evaluation(rest);
      case 'allocations':
        return { value: this.#jobs.allocations(() => true) };
      case 'allocation':
        return this.#allocation(rest);
      case 'client':
        return { value: logFiles() };
      case 'deployments':
        return { value: this.#jobs.deployments() };
      case 'deployment':
        return this.#deployment(rest);
      case 'vars':
        return this.#variables.list(seen);
      case 'var':
        return this.#variables.one(rest, seen);
      case 'nodes':
        return { value: [this.#node()] };
      case 'node':
        return this.#oneNode(rest, seen);
      default:
        return this.#namespace(area, rest, seen);
    }
  }

  #allJobs(rest: string, seen: Seen): Answer {
    if (rest === 'parse') return parse((seen.body as { JobHCL: string }).JobHCL);
    return seen.method === 'GET' ? this.#jobs.list(seen) : this.#jobs.register(seen.body as never);
  }

  /** Ids may have slashes, so the verb is what the path ends in. */
  #job(rest: string, seen: Seen): Answer {
    const verbs = 'plan|scale|dispatch|revert|versions|allocations|evaluations|deployment';
    const [, id = rest, verb = ''] = new RegExp(`^(.+)/(${verbs})$`).exec(rest) ?? [];
    return this.#jobs.one(id, verb, seen);
  }

  #evaluation(rest: string): Answer {
    const [id = '', allocations] = rest.split('/');
    if (allocations === undefined) return this.#jobs.evaluation(id);
    return { value: this.#jobs.allocations(({ evaluation }) => evaluation === id) };
  }

  #allocation(id: string): Answer {
    const [value] = this.#jobs.allocations(({ ID }) => ID === id);
    return value === undefined ? missing('alloc') : { value };
  }

  #deployment(rest: string): Answer {
    if (rest.startsWith('fail/')) return this.#jobs.fail(rest.slice('fail/'.length));
    const value = this.#jobs.deployments().find((one) => (one as { ID: string }).ID === rest);
    return value === undefined ? missing('deployment') : { value };
  }

  #node(): object {
    return {
      ID: 'node-1',
      Name: 'fake',
      Datacenter: 'dc1',
      Status: 'ready',
      SchedulingEligibility: this.#jobs.eligible ? 'eligible' : 'ineligible',
      Drain: this.#jobs.draining,
      Attributes: { 'kernel.name': 'linux' },
      NodeResources: { Memory: { MemoryMB: 1024 } },
    };
  }

  #oneNode(rest: string, { body }: Seen): Answer {
    const [id, verb] = rest.split('/');
    if (id !== 'node-1') return missing('node');
    if (verb === undefined) return { value: this.#node() };
    if (verb === 'allocations') return { value: this.#jobs.ofNode() };
    const { Eligibility, DrainSpec } = body as { Eligibility?: string; DrainSpec?: object | null };
    this.#jobs.draining = Boolean(DrainSpec);
    this.#jobs.eligible = Eligibility === 'eligible' || DrainSpec === null;
    return { value: {} };
  }

  #namespace(area: string, name: string, { method, body }: Seen): Answer {
    const all = [...this.#namespaces].map(([Name, Description]) => ({ Name, Description }));
    if (area === 'namespaces') return { value: all };
    if (area !== 'namespace') return missing('endpoint');
    if (method === 'POST') {
      const { Name, Description } = body as { Name: string; Description: string };
      this.#namespaces.set(Name, Description);
    }
    if (method === 'DELETE') this.#namespaces.delete(name);
    if (method !== 'GET') return { value: {} };
    const value = all.find(({ Name }) => Name === name);
    return value === undefined ? missing('namespace') : { value };
  }
}

/** Reads of HCL what the contract's jobs have. */
function parse(hcl: string): Answer {
  const word = (name: string, other: string): string =>
    new RegExp(`${name}\\s*=?\\s*"?([^\\s"]+)`).exec(hcl)?.[1] ?? other;
  const wrong = hcl.split('\n').findIndex((line) => /=\s*$/.test(line));
  if (wrong >= 0) return { status: 400, text: `Failed to parse job: input.hcl:${wrong + 1},1-2: Invalid expression` };
  const update = { MinHealthyTime: word('min_healthy_time', '0s') };
  const group = { Name: 'talk', Count: Number(word('count', '1')), Tasks: null, Meta: null, Update: update };
  const Parameterized = hcl.includes('parameterized');
  return { value: { ID: word('job', ''), Type: word('type', ''), Meta: null, TaskGroups: [group], Parameterized } };
}
