import fc from 'fast-check';
import { expect, test } from 'vitest';
import { beginIdle, type Idle, type IdleRules, observe } from './idle.js';
import { noTraffic, type PortTraffic, type SourceClass } from './traffic.js';

const TICK_MS = 1000;
const rules: IdleRules = { idleMs: 1_800_000, checkBytes: 128, checkPorts: new Set([9464]) };
const ports = new Set([8080, 9464]);

/** A service whose traffic is told to it; each `tick` is a second and a sample. */
class Service {
  idle: Idle = beginIdle(0);
  at = 0;
  readonly #traffic = new Map<string, PortTraffic>();
  constructor() {
    this.tick();
  }
  packet(from: SourceClass, more: Partial<PortTraffic>, port = 8080): void {
    const traffic = this.#traffic.get(`${port} ${from}`) ?? noTraffic(port, from);
    const sum = { ...traffic };
    for (const [field, value] of Object.entries(more)) (sum[field as 'packets'] as number) += value as number;
    this.#traffic.set(`${port} ${from}`, sum);
  }
  tick(): Idle {
    this.at += TICK_MS;
    this.idle = observe(this.idle, { at: this.at, traffic: [...this.#traffic.values()] }, ports, rules);
    return this.idle;
  }
}
/** GET /health over a new connection; a scrape; a TCP check; a gRPC check. */
const health = { packets: 5, bytes: 400, syns: 1, payloadPackets: 1, payloadBytes: 90, probes: 1, probeBytes: 90 };
const scrape = { ...health, payloadBytes: 240, probeBytes: 240 };
const tcpCheck = { packets: 3, bytes: 200, syns: 1 };
const binaryCheck = { packets: 6, bytes: 600, syns: 1, payloadPackets: 2, payloadBytes: 110 };
const request = { packets: 6, bytes: 1900, syns: 1, payloadPackets: 2, payloadBytes: 1400, requests: 1 };

function hour(at: (second: number, service: Service) => void): { sleptAt: number | undefined; idle: Idle } {
  const service = new Service();
  let sleptAt: number | undefined;
  for (let second = 1; second <= 3600; second++) {
    service.packet('loopback', health);
    if (second % 10 === 0) service.packet('loopback', tcpCheck);
    service.packet('cluster', binaryCheck);
    if (second % 15 === 0) service.packet('other', scrape);
    if (second % 5 === 0) service.packet('cluster', { ...request }, 9464);
    at(second, service);
    if (service.tick().state === 'idle') sleptAt ??= service.at;
  }
  return { sleptAt, idle: service.idle };
}

test('an hour of health checks and scrapes from three sources: it is idle on time, give or take one tick', () => {
  const { sleptAt } = hour(() => {});
  expect(Math.abs((sleptAt ?? 0) - rules.idleMs)).toBeLessThanOrEqual(TICK_MS);
});

test('the same hour with one request: it is not, until its time is over again', () => {
  const { sleptAt, idle } = hour((second, service) => {
    if (second === 1700) service.packet('cluster', request);
  });
  expect(idle.reason).toBe('a request to port 8080 from cluster');
  expect(Math.abs((sleptAt ?? 0) - (1_700_000 + rules.idleMs))).toBeLessThanOrEqual(2 * TICK_MS);
});

test('payload that nobody can read counts when it is more than a check brings, or from outside', () => {
  const service = new Service();
  service.packet('cluster', { packets: 1, payloadPackets: 1, payloadBytes: 129, bytes: 200 });
  expect(service.tick().reason).toBe('129 bytes to port 8080 from cluster');
  service.packet('other', { packets: 1, payloadPackets: 1, payloadBytes: 20, bytes: 80 });
  expect(service.tick().reason).toBe('20 bytes to port 8080 from other');
});

test('what was counted before it was watched is no news, and counts that go back are taken for work', () => {
  const traffic = [{ ...noTraffic(8080, 'other'), packets: 9, requests: 9 }];
  const first = observe(beginIdle(0), { at: 1000, traffic }, ports, rules);
  expect(first.worked).toBe(0);
  const later = observe(first, { at: 2000, traffic: [noTraffic(8080, 'other')] }, ports, rules);
  expect(later).toMatchObject({ worked: 2000, reason: 'counts of port 8080 from other began anew' });
});

test('ports of other services are not its own', () => {
  const service = new Service();
  service.packet('other', request, 7777);
  expect(service.tick().worked).toBe(0);
});

const traffic = fc.constantFrom(health, scrape, tcpCheck);
const sources = fc.constantFrom<SourceClass>('other', 'loopback', 'cluster');

test('property: whatever checks come in whatever order, it is idle exactly when the last request is long enough ago', () => {
  const step = fc.record({ from: sources, what: fc.oneof(traffic, fc.constant(request)), seconds: fc.nat(400) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const service = new Service();
      let worked = 0;
      for (const { from, what, seconds } of steps) {
        service.packet(from, what);
        service.at += seconds * 1000;
        const idle = service.tick();
        if (what === request) worked = service.at;
        expect(idle.worked).toBe(worked);
        expect(idle.state).toBe(service.at - worked >= rules.idleMs ? 'idle' : 'busy');
      }
    }),
    { numRuns: 300 },
  );
});
