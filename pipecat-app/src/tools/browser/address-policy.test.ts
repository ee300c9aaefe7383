import { describe, expect, test } from 'vitest';
import { addressPolicy, isPublic } from './address-policy.js';

test.each(['1.1.1.1', '8.8.8.8', '172.32.0.1', '100.128.0.1', '2606:4700::1111', '2a00:1450::1', '::ffff:8.8.8.8'])(
  '%s is public',
  (address) => {
    expect(isPublic(address)).toBe(true);
  },
);

test.each([
  ...['0.0.0.0', '10.1.2.3', '100.64.0.1', '127.0.0.1', '127.255.255.254', '169.254.169.254', '172.16.0.1'],
  ...['172.31.255.255', '192.168.0.1', '192.0.0.1', '198.18.0.1', '198.19.255.255', '203.0.113.9', '224.0.0.1'],
  ...['255.255.255.255', '::', '::1', 'fe80::1', 'fd00::1', 'fc00::1', 'ff02::1', '64:ff9b::7f00:1', '2002:7f00:1::'],
  ...['2001:0:1::', '2001:db8::1', '::ffff:127.0.0.1', '::ffff:7f00:1', '::FFFF:a9fe:a9fe', '::127.0.0.1', '3fff::1'],
  ...['localhost', '2130706433', '0x7f.1', '', '127.1'],
])('%j is not', (address) => {
  expect(isPublic(address)).toBe(false);
});

describe('what is allowed besides', () => {
  const allows = addressPolicy(' 127.0.0.1:8080, 192.168.1.0/24,[fd00::1]:80,fe80::/10 ');
  test.each([
    ['127.0.0.1', 8080, true],
    ['::ffff:7f00:1', 8080, true],
    ['127.0.0.1', 8081, false],
    ['127.0.0.2', 8080, false],
    ['192.168.1.77', 9, true],
    ['192.168.2.1', 80, false],
    ['fd00::1', 80, true],
    ['fd00::1', 81, false],
    ['fe80::9', 1, true],
    ['8.8.8.8', 443, true],
    ['localhost', 8080, false],
  ])('%s port %i: %s', (address, port, allowed) => {
    expect(allows(address, port)).toBe(allowed);
  });

  test.each(['localhost', '10.0.0.0/33', '1.2.3', '[fd00::1]:99999', '10.0.0.1:x', '*'])('%j is a mistake', (rule) => {
    expect(() => addressPolicy(rule)).toThrow(expect.objectContaining({ code: 'TWIN_CONFIG' }));
  });
});
