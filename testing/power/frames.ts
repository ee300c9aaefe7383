/** Ethernet frames as bytes, for exact counts: what a network stack sends besides is not in the way. */

export type FrameParts = {
  /** IPv4 or IPv6 addresses, without `::`. */
  from: string;
  to: string;
  /** VLAN tags, outermost first. */
  tags?: readonly number[];
  port: number;
  protocol?: 'tcp' | 'udp';
  syn?: boolean;
  payload?: string;
  /** IPv6 hop-by-hop options before the TCP header. */
  options?: boolean;
};

const [TCP, UDP, HOP_BY_HOP] = [6, 17, 0];
const BROADCAST = Buffer.alloc(6, 0xff);
const SOURCE = Buffer.from('020000000001', 'hex');

export function frame({ tags = [], ...parts }: FrameParts): Buffer {
  const six = parts.from.includes(':');
  const head: Buffer[] = [BROADCAST, SOURCE];
  for (const [i, tag] of tags.entries()) head.push(shorts(i < tags.length - 1 ? 0x88a8 : 0x8100, tag));
  head.push(shorts(six ? 0x86dd : 0x0800));
  return Buffer.concat([...head, six ? ipv6(parts) : ipv4(parts)]);
}

function ipv4(parts: FrameParts): Buffer {
  const segment = transport(parts);
  const header = Buffer.alloc(20);
  header[0] = 0x45;
  header.writeUInt16BE(20 + segment.length, 2);
  header[8] = 64;
  header[9] = parts.protocol === 'udp' ? UDP : TCP;
  for (const [i, address] of [parts.from, parts.to].entries())
    for (const [j, part] of address.split('.').entries()) header[12 + i * 4 + j] = Number(part);
  return Buffer.concat([header, segment]);
}

function ipv6(parts: FrameParts): Buffer {
  const protocol = parts.protocol === 'udp' ? UDP : TCP;
  const options = parts.options ? Buffer.from([protocol, 0, 1, 4, 0, 0, 0, 0]) : Buffer.alloc(0);
  const body = Buffer.concat([options, transport(parts)]);
  const header = Buffer.alloc(8);
  header[0] = 0x60;
  header.writeUInt16BE(body.length, 4);
  header[6] = parts.options ? HOP_BY_HOP : protocol;
  header[7] = 64;
  const addresses = [parts.from, parts.to].map((address) =>
    shorts(...address.split(':').map((part) => Number.parseInt(part, 16))),
  );
  return Buffer.concat([header, ...addresses, body]);
}

function transport({ protocol = 'tcp', port, syn = false, payload = '' }: FrameParts): Buffer {
  const body = Buffer.from(payload);
  if (protocol === 'udp') return Buffer.concat([shorts(40_000, port, 8 + body.length, 0), body]);
  const header = Buffer.alloc(20);
  header.writeUInt16BE(40_000, 0);
  header.writeUInt16BE(port, 2);
  header[12] = 0x50;
  header[13] = syn ? 0x02 : 0x10;
  return Buffer.concat([header, body]);
}

function shorts(...values: number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 2);
  for (const [i, value] of values.entries()) bytes.writeUInt16BE(value, i * 2);
  return bytes;
}
