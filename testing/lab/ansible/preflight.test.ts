import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type Lab, openLab } from '../open-lab.js';
import { labImpossible } from '../possible.js';
import { on } from './on-node.js';
import { type Played, play } from './playbook.js';

const impossible = await labImpossible();
let lab: Lab;
beforeAll(async () => {
  if (impossible) return;
  lab = await openLab({ name: 'ansible-preflight', nodes: 1 });
}, 300_000);
afterAll(() => lab?.close());

const node = () => lab.nodes[0] as Lab['nodes'][number];
const preflight = (...args: string[]): Promise<Played> => play(lab, 'playbook.yaml', { controllers: [node()], args });
/** A file of the kernel's shows something else. */
const instead = (file: string, edit: string): string =>
  `sed '${edit}' ${file} >/root/instead && mount --bind /root/instead ${file}`;
const mirror = (address: string): string =>
  `rm -f /etc/apt/sources.list.d/*; echo 'deb http://${address}/debian trixie main' >/etc/apt/sources.list`;

/** A mirror whose clock is an hour behind. */
const LATE_MIRROR = `cat >/root/late.py <<'END'
import http.server, time
class Late(http.server.BaseHTTPRequestHandler):
    def date_time_string(self, timestamp=None):
        return super().date_time_string((timestamp or time.time()) - 3600)
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", "1")
        self.end_headers()
        self.wfile.write(b"x")
http.server.HTTPServer(("127.0.0.1", 8099), Late).serve_forever()
END
systemd-run --quiet python3 /root/late.py`;

beforeEach(async ({ skip }) => {
  if (impossible) skip(impossible.message);
  await node().reset();
}, 60_000);

test.each<[string, string, RegExp]>([
  [
    'a folder that cannot be written to',
    'mount --bind /usr/local /usr/local && mount -o remount,bind,ro /usr/local',
    /cannot write to \/usr\/local\/bin .*Read-only file system.*remount/,
  ],
  ['a full disk', 'mount -t tmpfs -o size=64m tmpfs /opt', /has 0\.\d GB free for \/opt\/twin, 10 GB are needed/],
  ['no way out', 'ip route del default', /has no IPv4 default route/],
  [
    'a wrong clock',
    `${LATE_MIRROR}; ${mirror('127.0.0.1:8099')}`,
    /clock of node1 is 3\d{3} s ahead of the package mirror's/,
  ],
  [
    'too little memory',
    instead('/proc/meminfo', 's/^MemTotal:.*/MemTotal: 1000000 kB/'),
    /has 976 MB of memory, a node needs 3500 MB/,
  ],
  ['a processor without SSSE3', instead('/proc/cpuinfo', 's/ssse3//'), /without SSSE3/],
  ['a mirror that does not answer', mirror('127.0.0.1:9'), /cannot reach a package mirror.*127\.0\.0\.1/],
  ['no mirror at all', 'rm -rf /etc/apt/sources.list*', /names no mirror/],
])(
  '%s stops it with a message of its own, and nothing has changed',
  { timeout: 120_000 },
  async (_what, spoil, message) => {
    await on(node(), spoil);
    const { code, text, changes } = await preflight();
    expect(text.replace(/\s*\n\s*/g, ' ')).toMatch(message);
    expect(code).not.toBe(0);
    expect(text).toContain('Next: ');
    expect(changes).toEqual([]);
    expect(
      await on(node(), 'ls -d /etc/twin /opt/twin /opt/nomad /etc/consul.d 2>/dev/null; getent passwd consul; true'),
    ).toBe('');
  },
);

test('a good machine passes, and is as it was', { timeout: 120_000 }, async () => {
  await on(node(), 'touch /root/before; sync');
  const { code, text, changes } = await preflight('--tags', 'preflight');
  expect(code, text).toBe(0);
  expect(changes).toEqual([]);
  // What logging in and apt's own cache leave is not ours.
  const found =
    "find / -xdev -newer /root/before -type f -not -path '/root/.ansible/*' -not -path '/var/log/*' -not -path '/var/cache/apt/*'";
  expect(
    await on(
      node(),
      `${found} -not -path '/var/lib/apt/*' -not -path '/var/lib/systemd/*' -not -path '/var/lib/private/*' -not -path '/etc/.pwd.lock'`,
    ),
  ).toBe('');
});
