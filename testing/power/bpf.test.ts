import { realClock } from '@twin/hashi/clock.js';
import { BpfProbe } from '@twin/power-agent/bpf-probe.js';
import { openProbe } from '@twin/power-agent/probe.js';
import type { PortMode, ProbeEvent } from '@twin/power-agent/probe-event.js';
import type { PortTraffic } from '@twin/power-agent/traffic.js';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { until } from '../cluster/until.js';
import { type FrameParts, frame } from './frames.js';
import { isRoot, TwoNetworks, WHY_NOT } from './two-networks.js';

let networks: TwoNetworks;
const open: (() => Promise<void>)[] = [];
beforeEach(({ skip }) => skip(!isRoot, WHY_NOT));
beforeAll(async () => {
  if (isRoot) networks = await TwoNetworks.open();
});
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});
afterAll(() => networks?.close());

const settings = {
  tickMs: 20,
  clusterNetworks: ['10.78.0.0/24', 'fd00::/8'],
  wakeClasses: ['cluster' as const],
  probes: ['GET /health', 'GET /metrics'],
  interfaces: ['twin0', 'lo'],
  clock: realClock,
};

/** A probe whose events are kept. */
async function probeOf(modes: Record<number, PortMode>, how: { pins?: boolean } = {}) {
  const signal = new AbortController();
  const probe = await BpfProbe.open(networks.loader(how), settings, signal.signal);
  await probe.aim(new Map(Object.entries(modes).map(([port, mode]) => [Number(port), mode])));
  const events: ProbeEvent[] = [];
  const reading = (async () => {
    for await (const event of probe.events(signal.signal)) events.push(event);
  })();
  const end = async () => {
    signal.abort();
    await reading;
  };
  let closed = false;
  const close = async () => {
    if (closed) return;
    closed = true;
    await end();
    await probe.close();
  };
  open.push(close);
  const traffic = (): readonly PortTraffic[] => {
    const last = events.findLast((event) => event.kind === 'sample');
    return last?.kind === 'sample' ? last.sample.traffic : [];
  };
  /** Counts of a port once `packets` have come. */
  const counts = (port: number, packets: number, more: Partial<PortTraffic> = {}) =>
    until(`${packets} packets to ${port}`, () => {
      const found = traffic().find((one) =>
        Object.entries({ port, ...more }).every(([field, value]) => one[field as 'port'] === value),
      );
      return found && found.packets >= packets ? found : undefined;
    });
  const syns = () => events.flatMap((event) => (event.kind === 'syn' ? [event.syn] : []));
  return { probe, events, close, end, counts, syns, traffic };
}

const four = { from: '10.78.0.1', to: '10.78.0.2' };
const six = { from: 'fd00:0:0:0:0:0:0:1', to: 'fd00:0:0:0:0:0:0:2' };
const health = 'GET /health HTTP/1.1\r\nHost: a\r\n\r\n';
const post = 'POST /v1/chat/completions HTTP/1.1\r\n\r\n{}';
const BINARY = '\u0001 no words that HTTP begins with';
const N = 1000;

describe('the traffic monitor', () => {
  const kinds: [string, Partial<FrameParts>, Partial<PortTraffic>][] = [
    ['a bare segment', {}, {}],
    ['a SYN', { syn: true }, { syns: N }],
    [
      'a health check',
      { payload: health },
      { payloadPackets: N, payloadBytes: N * health.length, probes: N, probeBytes: N * health.length },
    ],
    ['a request', { payload: post }, { payloadPackets: N, payloadBytes: N * post.length, requests: N }],
    ['other payload', { payload: BINARY }, { payloadPackets: N, payloadBytes: N * BINARY.length }],
    ['one byte', { payload: 'x' }, { payloadPackets: N, payloadBytes: N }],
    ['a datagram', { protocol: 'udp', payload: 'hello' }, { payloadPackets: N, payloadBytes: N * 5, protocol: 'udp' }],
  ];
  const networksOf: [string, Partial<FrameParts>][] = [
    ['IPv4', four],
    ['IPv6', six],
    ['IPv4 in a VLAN', { ...four, tags: [7] }],
    ['IPv6 in a VLAN', { ...six, tags: [7] }],
    ['IPv4 in a VLAN in a VLAN', { ...four, tags: [7, 9] }],
    ['IPv6 with options', { ...six, options: true }],
  ];
  let port = 10_000;
  test.each(networksOf.flatMap(([network, base]) => kinds.map((kind) => [network, base, ...kind] as const)))(
    `${N} times, %s: %o: %s`,
    async (_, base, __, more, expected) => {
      port++;
      const { counts } = await probeOf({ [port]: 'watch' });
      const one = frame({ ...four, port, ...base, ...more });
      await networks.send(one, N);
      const { bytes, ...found } = await counts(port, N, expected.protocol ? { protocol: expected.protocol } : {});
      const none = { payloadPackets: 0, payloadBytes: 0, probes: 0, probeBytes: 0, requests: 0, syns: 0 };
      expect(found).toEqual({ port, class: 'cluster', protocol: 'tcp', packets: N, ...none, ...expected });
      // The outer tag is taken off before.
      expect(bytes).toBe(N * (one.length - (base.tags ? 4 : 0)));
    },
  );

  test('classes of sources are kept apart, and ports that are not watched are not counted', async () => {
    const { counts, traffic } = await probeOf({ 9001: 'watch' });
    await networks.send(frame({ ...four, from: '127.0.0.5', port: 9001, payload: post }), 3);
    await networks.send(frame({ ...four, from: '203.0.113.4', port: 9001, payload: post }), 4);
    await networks.send(frame({ ...four, port: 9002, payload: post }), 5);
    await networks.send(frame({ ...four, port: 9001, payload: post }), 6);
    await counts(9001, 6, { class: 'cluster' });
    expect((await counts(9001, 3, { class: 'loopback' })).requests).toBe(3);
    expect((await counts(9001, 4, { class: 'other' })).requests).toBe(4);
    expect(traffic().filter((one) => one.port === 9002)).toEqual([]);
  });

  test('the loopback interface is seen too', async () => {
    const { counts } = await probeOf({ 9003: 'watch' });
    const server = networks.node(
      'server',
      `require('net').createServer((s) => s.on('data', () => { console.log('got'); s.destroy(); })).listen(9003, '127.0.0.1',
         () => require('net').connect(9003, '127.0.0.1').end(${JSON.stringify(post)}))`,
    );
    open.push(server.stop);
    for await (const line of server.lines) if (line === 'got') break;
    expect(await counts(9003, 2, { class: 'loopback' })).toMatchObject({ syns: 1, requests: 1 });
  });

  const connecting = `require('net').connect(9100, '10.78.0.2').on('connect', () => { console.log('connected'); process.exit(); })
    .on('error', ({ code }) => { console.log(code); process.exit(); })`;
  const first = async (lines: AsyncIterable<string>) => {
    for await (const line of lines) return line;
    return undefined;
  };

  test('a SYN to a sleeping port is told and held: the client connects when the service is there, and is never refused', async () => {
    const { probe, syns } = await probeOf({ 9100: 'hold' });
    const client = networks.node('client', connecting);
    open.push(client.stop);
    await until('the SYN', () => syns().length > 0);
    expect(syns()[0]).toMatchObject({ port: 9100, source: '10.78.0.1', class: 'cluster', held: true });
    const server = networks.node(
      'server',
      `require('net').createServer().listen(9100, '10.78.0.2', () => console.log('listens'))`,
    );
    open.push(server.stop);
    expect(await first(server.lines)).toBe('listens');
    await probe.aim(new Map([[9100, 'watch']]));
    expect(await first(client.lines)).toBe('connected');
  });

  test('a SYN that is only told is answered as ever: nobody listens, and the client learns it at once', async () => {
    const { syns } = await probeOf({ 9100: 'alert' });
    expect(await first(networks.node('client', connecting).lines)).toBe('ECONNREFUSED');
    expect(syns()).toMatchObject([{ port: 9100, held: false }]);
  });

  test('sources of other classes are neither told nor held', async () => {
    const { syns, counts } = await probeOf({ 9101: 'hold' });
    await networks.send(frame({ ...four, from: '203.0.113.4', port: 9101, syn: true }), 2);
    await networks.send(frame({ ...four, port: 9101, syn: true }), 1);
    await counts(9101, 2, { class: 'other' });
    await until('the SYN', () => syns().length > 0);
    expect(syns().map((syn) => syn.class)).toEqual(['cluster']);
  });

  test('the head of a sleeping service reaches its own server while everybody else is held', async () => {
    const { syns, counts } = await probeOf({ 9102: 'hold' });
    const from = (localAddress: string) =>
      connecting.replace("9100, '10.78.0.2'", `{ port: 9102, host: '127.0.0.1', localAddress: '${localAddress}' }`);
    expect(await first(networks.node('server', from('127.0.0.9')).lines)).toBe('ECONNREFUSED');
    expect((await counts(9102, 1, { class: 'own' })).syns).toBe(1);
    const held = networks.node('server', from('10.78.0.2'));
    open.push(held.stop);
    await until('the SYN', () => syns().length > 0);
    expect(syns()[0]).toMatchObject({ source: '10.78.0.2', held: true });
  });

  test('closing it leaves no filter behind', async () => {
    const { close } = await probeOf({ 9104: 'hold' });
    expect(await networks.filters()).toHaveLength(1);
    expect(await networks.filters('lo')).toHaveLength(1);
    await close();
    expect(await networks.filters()).toEqual([]);
    expect(await networks.filters('lo')).toEqual([]);
  });

  test('a loader that is killed is started again: one filter, and the counts go on', async () => {
    const { probe, events, counts } = await probeOf({ 9105: 'watch' });
    await networks.send(frame({ ...four, port: 9105, payload: post }), 10);
    await counts(9105, 10);
    const { pid } = probe;
    process.kill(pid as number, 'SIGKILL');
    await until('the news', () => events.some(({ kind }) => kind === 'trouble'));
    // Nobody reads now, and the kernel counts all the same.
    await networks.send(frame({ ...four, port: 9105, payload: post }), 5);
    expect((await counts(9105, 15)).requests).toBe(15);
    expect(probe.pid).not.toBe(pid);
    expect(await networks.filters()).toHaveLength(1);
  });

  test('another agent takes the maps over from one that was killed, and forgets ports that it does not want', async () => {
    const before = await probeOf({ 9106: 'watch', 9107: 'hold' });
    await networks.send(frame({ ...four, port: 9106, payload: post }), 10);
    await before.counts(9106, 10);
    await before.end();
    process.kill(before.probe.pid as number, 'SIGKILL');
    const after = await probeOf({ 9106: 'watch' });
    expect((await after.counts(9106, 10)).requests).toBe(10);
    const client = networks.node('client', connecting.replace('9100', '9107'));
    expect(await first(client.lines)).toBe('ECONNREFUSED');
    expect(await networks.filters()).toHaveLength(1);
  });

  test('a loader that hangs holds nobody for longer than ten seconds', async () => {
    const { probe } = await probeOf({ 9108: 'hold' });
    process.kill(probe.pid as number, 'SIGSTOP');
    open.push(async () => void process.kill(probe.pid as number, 'SIGCONT'));
    const began = performance.now();
    const client = networks.node('client', connecting.replace('9100', '9108'));
    expect(await first(client.lines)).toBe('ECONNREFUSED');
    expect(performance.now() - began).toBeGreaterThan(5_000);
  });

  test('without the capabilities it looks at connections, says why, and never takes silence for idleness', async () => {
    const loader = async () => networks.loader({ capabilities: '', pins: false });
    const probe = await openProbe({ ...settings, loader }, new AbortController().signal);
    open.push(() => probe.close());
    expect(probe).toMatchObject({ source: 'ss', sees: false });
    expect(probe.words).toMatch(/nothing sleeps for being idle: .*The traffic monitor does not run: .*CAP_BPF/s);
  });
});
