import type { LabNode } from './lab-node.js';
import type { Lab } from './open-lab.js';

/**
 * Suspend to RAM for machines of the lab. Their `/sys/power/state` is a pipe on which a writer waits, as on the kernel's file, until
 * the machine is back. The machine's time stops meanwhile; a magic packet on the lab's bridge with the address of its card lets it go on.
 */

/** When a machine was suspended, ms since 1970; `until` is missing as long as it is. */
export type Nap = { from: number; until?: number };

export type Naps = {
  of(node: LabNode): readonly Nap[];
  close(): Promise<void>;
};

/** A machine of the lab has no such files; its /sys is its own, and read-only at first. */
const MAKE = 'mount -o remount,rw /sys && mkdir -p /sys/power /sys/fs/bpf && mkfifo -m 600 /sys/power/state';
/** Ends when a program whose command line has the words waits until a pipe is read. */
const UNTIL_WRITTEN = `import glob, sys, time
def read(path):
    try: return open(path).read()
    except OSError: return ""
def waits(process):
    return sys.argv[1] in read(process + "/cmdline") and any(read(path) == "wait_for_partner" for path in glob.glob(process + "/task/*/wchan"))
while not any(waits(process) for process in glob.glob("/proc/[0-9]*")): time.sleep(0.1)`;
const WRITER = 'power-agent/dist/main.js';
/** Prints the address in each magic packet that passes the bridge. */
const PACKETS = `import socket, sys
tap = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
tap.bind((sys.argv[1], 0))
print("listens", flush=True)
while True:
    frame = tap.recv(2048)
    at = frame.find(b"\\xff" * 6, 42)
    if frame[12:14] == b"\\x08\\x00" and frame[23] == 17 and at >= 0 and frame[at + 6 : at + 12] * 16 == frame[at + 6 : at + 102]:
        print(frame[at + 6 : at + 12].hex(":"), flush=True)`;

/** Gives a machine what the power agent looks for below /sys. */
export async function givePowerFiles(node: LabNode): Promise<void> {
  await said(node, MAKE);
}

/** From now on machines with power files are suspended when their power agent writes there, and woken by a magic packet. */
export async function suspendable(lab: Lab, nodes: readonly LabNode[]): Promise<Naps> {
  const stop = new AbortController();
  const { signal } = stop;
  const naps = new Map<LabNode, Nap[]>(nodes.map((node) => [node, []]));
  const waiting = new Map<string, () => void>();
  const packetFor = (mac: string): Promise<void> =>
    new Promise((resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
      waiting.set(mac, resolve);
    });

  const [listening] = await listen(lab, signal, (mac) => waiting.get(mac)?.());
  const watch = async (node: LabNode): Promise<void> => {
    const mac = (await said(node, 'cat /sys/class/net/host0/address')).trim();
    while (!signal.aborted) {
      await said(node, `python3 -c '${UNTIL_WRITTEN}' ${WRITER}`, signal);
      const nap: Nap = { from: Date.now() };
      naps.get(node)?.push(nap);
      const woken = packetFor(mac);
      await node.freeze(true);
      try {
        await woken;
      } finally {
        await node.freeze(false);
      }
      await said(node, 'head -c 3 /sys/power/state', signal);
      nap.until = Date.now();
    }
  };
  const watches = nodes.map(watch);
  return {
    of: (node) => naps.get(node) ?? [],
    close: async () => {
      stop.abort();
      await Promise.allSettled([...watches, listening]);
    },
  };
}

/** Calls `onPacket` with the address in each magic packet; resolves when it listens, with its end. */
function listen(lab: Lab, signal: AbortSignal, onPacket: (mac: string) => void): Promise<[Promise<unknown>]> {
  return new Promise((resolve, reject) => {
    let rest = '';
    const ended = lab.network.run(['python3', '-c', PACKETS, lab.network.bridge], {
      signal,
      onOutput: (text) => {
        const lines = (rest + text).split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) {
          if (line === 'listens') resolve([ended]);
          else onPacket(line);
        }
      },
    });
    ended.then(({ stderr }) => reject(new Error(stderr)), reject);
  });
}

async function said(node: LabNode, command: string, signal?: AbortSignal): Promise<string> {
  const { code, stdout, stderr } = await node.ssh(command, { signal });
  if (code !== 0) throw new Error(`${node.name}: ${command} ended with ${code}: ${stderr}`);
  return stdout;
}
