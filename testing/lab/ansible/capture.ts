import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { portOf } from '../addresses.js';
import type { LabNode } from '../lab-node.js';
import type { Lab } from '../open-lab.js';

/** Python, for `python3 -c`, with a cable's name, a file at whose coming it ends, words to look for, and addresses. */
const CAPTURE = `
import json, os, select, socket, struct, sys
cable, end, words, nodes = sys.argv[1], sys.argv[2], sys.argv[3].encode(), set(sys.argv[4:])
tap = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
tap.bind((cable, 0))
kinds, found, packets = {}, 0, 0
while not os.path.exists(end):
    if not select.select([tap], [], [], 0.2)[0]:
        continue
    frame = tap.recv(65536)
    if frame[12:14] != b"\\x08\\x00":
        continue
    head = 14 + (frame[14] & 15) * 4
    ends = [socket.inet_ntoa(frame[at : at + 4]) for at in (26, 30)]
    if not set(ends) <= nodes:
        continue
    packets += 1
    found += words in frame
    protocol = {1: "icmp", 6: "tcp", 17: "udp"}.get(frame[23], str(frame[23]))
    kind = protocol if protocol == "icmp" else "%s %d" % (protocol, min(struct.unpack(">HH", frame[head : head + 4])))
    kinds[kind] = kinds.get(kind, 0) + 1
print(json.dumps({"kinds": kinds, "found": found, "packets": packets}))
`;

/** `kinds`: packets between nodes by protocol and lower port; `found`: how many held the words in clear. */
export type Captured = { kinds: Record<string, number>; found: number; packets: number };

let captures = 0;

/** Looks at every packet between nodes of the lab that passes the cable of `node` while `act` runs. */
export async function captured(
  lab: Lab,
  { node, words }: { node: LabNode; words: string },
  act: () => Promise<unknown>,
): Promise<Captured> {
  captures += 1;
  const end = join(lab.folder, `capture-${captures}`);
  const addresses = lab.nodes.map(({ address }) => address);
  const capture = lab.network.run(['python3', '-c', CAPTURE, portOf(node.name), end, words, ...addresses]);
  try {
    await act();
  } finally {
    await writeFile(end, '');
  }
  const { code, stdout, stderr } = await capture;
  if (code !== 0) throw new Error(`the capture ended with ${code}: ${stderr}`);
  return JSON.parse(stdout) as Captured;
}
