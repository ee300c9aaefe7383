import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { magicPacket } from '@twin/power-agent/nodes/magic-packet.js';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { isRoot, WHY_NOT } from './two-networks.js';

const run = promisify(execFile);
const AGENT = fileURLToPath(new URL('../../power-agent/dist/nodes/', import.meta.url));
const SPACE = `twin-wol-${process.pid}`;
/** Two bridges of the waking node; at the far end of a cable from each somebody listens. */
const BRIDGES = [
  { bridge: 'br1', cable: 'c1', far: 'f1', cidr: '10.81.0.1/24' },
  { bridge: 'br2', cable: 'c2', far: 'f2', cidr: '10.82.0.1/24' },
];
const SLEEPING = { name: 'eth0', mac: '02:00:5e:10:00:07', cidr: '10.82.0.9/24' };

/** Prints the frames to the discard port that come in by an interface, until its input ends. */
const CAPTURE = `
import select, socket, sys
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
s.bind((sys.argv[1], 0))
print('listens', flush=True)
while True:
    ready, _, _ = select.select([s, sys.stdin], [], [])
    if s in ready:
        frame = s.recv(2048)
        if len(frame) > 42 and frame[12:14] == b'\\x08\\x00' and frame[23] == 17 and frame[36:38] == b'\\x00\\x09':
            print(frame.hex(), flush=True)
    elif not sys.stdin.readline(): break
`;
/** What the agent does: it finds its own interfaces, and sends where they share a network with the sleeping one. */
const SEND = `
const { sendings } = await import('${pathToFileURL(`${AGENT}magic-packet.js`)}');
const { ownInterfaces, sendMagicPacket } = await import('${pathToFileURL(`${AGENT}wake-on-lan.js`)}');
const ways = sendings(ownInterfaces(), [${JSON.stringify(SLEEPING)}]);
for (let i = 0; i < 3; i++) for (const way of ways) await sendMagicPacket(way);
console.log(JSON.stringify(ways));
`;

beforeEach(({ skip }) => skip(!isRoot, WHY_NOT));
beforeAll(async () => {
  if (!isRoot) return;
  await run('ip', ['netns', 'add', SPACE]);
  const ip = (...args: string[]) => run('ip', ['-n', SPACE, ...args]);
  for (const { bridge, cable, far, cidr } of BRIDGES) {
    await ip('link', 'add', bridge, 'type', 'bridge');
    await ip('link', 'add', cable, 'type', 'veth', 'peer', 'name', far);
    await ip('link', 'set', cable, 'master', bridge);
    await ip('address', 'add', cidr, 'dev', bridge);
    for (const one of [bridge, cable, far]) await ip('link', 'set', one, 'up');
  }
});
afterAll(async () => {
  if (isRoot) await run('ip', ['netns', 'delete', SPACE]).catch(() => undefined);
});

/** What comes in at the far end of a cable. */
async function capture(far: string) {
  const child = spawn('ip', ['netns', 'exec', SPACE, 'python3', '-c', CAPTURE, far], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = once(child, 'close');
  const frames: string[] = [];
  await new Promise<void>((resolve) => {
    createInterface({ input: child.stdout }).on('line', (line) => (line === 'listens' ? resolve() : frames.push(line)));
  });
  return async () => {
    child.stdin.end();
    await ended;
    return frames;
  };
}

test('a magic packet is seen on the bridge of the sleeping node’s network, as often as it is sent, and on no other', async () => {
  const captures = await Promise.all(BRIDGES.map(({ far }) => capture(far)));
  const { stdout } = await run('ip', ['netns', 'exec', SPACE, process.execPath, '--input-type=module', '-e', SEND]);
  expect(JSON.parse(stdout)).toMatchObject([{ interface: 'br2', broadcast: '10.82.0.255' }]);
  const [wrong, right] = await Promise.all(captures.map((end) => end()));
  expect(wrong).toEqual([]);
  expect(right).toHaveLength(3);
  for (const frame of right ?? []) {
    expect(frame.startsWith('f'.repeat(12))).toBe(true);
    expect(frame.endsWith(magicPacket(SLEEPING.mac).toString('hex'))).toBe(true);
  }
});
