import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { hostsOf, readInventory } from './inventory.js';

const hosts = (text: string) => Object.fromEntries(hostsOf(parse(text)));

test('hosts of groups at any depth are found, their own variables before those of the group', () => {
  const text = `
all:
  vars: {ansible_user: pi}
  hosts: {desk: }
  children:
    controller_nodes:
      vars: {ansible_port: 2222}
      hosts:
        first: {ansible_host: 192.168.1.4, ansible_user: root}
workers:
  children:
    worker_nodes: {hosts: {attic: {ansible_host: attic.lan}}}
`;
  expect(hosts(text)).toEqual({
    desk: { name: 'desk', address: 'desk', port: 22, user: 'pi' },
    first: { name: 'first', address: '192.168.1.4', port: 2222, user: 'root' },
    attic: { name: 'attic', address: 'attic.lan', port: 22, user: undefined },
  });
});

test.each([
  ['a range', '"node[1:3]": {}'],
  ['a template', 'node: {ansible_host: "{{ ip }}"}'],
  ['an option for a program', 'node: {ansible_host: -oProxyCommand=id}'],
  ['a user with blanks', 'node: {ansible_user: "a b"}'],
  ['a port out of range', 'node: {ansible_port: 70000}'],
  ['a name that is an option', '-node: {}'],
])('%s is left out', (_, host) => {
  expect(hosts(`all: {hosts: {${host}, good: }}`)).toEqual({ good: expect.anything() });
});

test.each(['', '[]', 'all: 5', 'all: {hosts: [a]}'])('%j has no hosts', (text) => {
  expect(hosts(text)).toEqual({});
});

test('a file that is not there says so', async () => {
  await expect(readInventory('/nowhere.yaml')).rejects.toMatchObject({ code: 'TWIN_INVENTORY' });
});
