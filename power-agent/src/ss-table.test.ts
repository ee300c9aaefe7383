import { expect, test } from 'vitest';
import { addressClass } from './address-class.js';
import { countConnections, parseSs } from './ss-table.js';

const TWO = `0      0      127.0.0.1:8080 127.0.0.1:41234 cubic wscale:7,7 rto:204 bytes_received:500 segs_in:5 data_segs_in:2
ESTAB 0      0      [::ffff:10.0.0.4]:8080 [::ffff:10.0.0.9]:5000 cubic bytes_received:90 data_segs_in:1
something else`;
const networks = ['10.0.0.0/8', 'fd00::/8'];
const classOf = (address: string) => addressClass(address, networks);

test('connections are counted by class; a known one by what it brought since', () => {
  const first = parseSs(TWO);
  const counted = countConnections([], new Map(), first, classOf);
  expect(counted).toMatchObject([
    { port: 8080, class: 'loopback', payloadBytes: 500, payloadPackets: 2, syns: 1 },
    { port: 8080, class: 'cluster', payloadBytes: 90, payloadPackets: 1, syns: 1 },
  ]);
  const later = parseSs(TWO.replace('bytes_received:500', 'bytes_received:700'));
  expect(countConnections(counted, first, later, classOf)[0]).toMatchObject({ payloadBytes: 700, syns: 1 });
});

test.each([
  ['127.8.0.1', 'loopback'],
  ['::1', 'loopback'],
  ['::ffff:127.0.0.1', 'loopback'],
  ['10.2.3.4', 'cluster'],
  ['fd00::7', 'cluster'],
  ['fe80::1%eth0', 'other'],
  ['8.8.8.8', 'other'],
])('%s is %s', (address, expected) => {
  expect(classOf(address)).toBe(expected);
});
