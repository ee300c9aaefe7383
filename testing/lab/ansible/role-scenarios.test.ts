import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ROOT } from '../../bench/servers.js';
import { ELSEWHERE, REPAIRS } from './role-repairs.js';
import { SCENARIOS } from './role-scenarios.js';

/** No role without a scenario in the lab: what those of a list are about, and that the list is all. */
const roles = readdirSync(join(ROOT, 'ansible/roles'));
const text = (file: string): string => readFileSync(join(ROOT, file), 'utf8');
const tagged = [...SCENARIOS, ...REPAIRS].map(({ role }) => role);

test.each(roles)('role %s has a scenario', (role) => {
  const elsewhere = ELSEWHERE[role];
  if (elsewhere) {
    expect(text(elsewhere.playbook)).toMatch(new RegExp(`(name|role): ${role}\\b`));
    expect(text(join('testing/lab/ansible', elsewhere.test))).toContain(elsewhere.says);
    return;
  }
  expect(tagged).toContain(role);
  expect(text('playbook.yaml')).toMatch(new RegExp(`- role: ${role}\\n(.*\\n)*? +tags: \\[.*\\b${role}\\b`));
});

test('every scenario is about a role that there is', () => {
  expect(roles).toEqual(expect.arrayContaining([...tagged, ...Object.keys(ELSEWHERE)]));
});
