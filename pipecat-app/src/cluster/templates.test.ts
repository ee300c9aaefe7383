import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { Templates } from './templates.js';

const JOBS = fileURLToPath(new URL('../../../jobs', import.meta.url));
const templates = new Templates(JOBS, { build_id: '3.22.1', driver: 'raw_exec', node_path: '/opt/node' });
const anyone = { admin: false };
const models = '[{"name":"small","file":"small.gguf"}]';

it('reads every job file of the project, with what each is for', () => {
  const list = templates.list();
  expect(list.map(({ name }) => name)).toEqual([
    'benchmark',
    'health-check',
    'llama-expert',
    'pipecat-app',
    'power-agent',
  ]);
  for (const { purpose, variables } of list) {
    expect(purpose).toMatch(/^\w[^#]*\.$/);
    expect(variables.length).toBeGreaterThan(3);
  }
  const variables = list.find(({ name }) => name === 'llama-expert')?.variables ?? [];
  expect(variables.find(({ name }) => name === 'model_list')).toMatchObject({
    type: 'string',
    value: null,
    admin: false,
  });
  expect(variables.find(({ name }) => name === 'datacenters')).toMatchObject({ type: 'list(string)', value: '["*"]' });
  expect(variables.filter(({ admin }) => admin).map(({ name }) => name)).toContain('twin_dir');
});

it('fills in this cluster’s values and those given', () => {
  const { variables } = templates.fill('llama-expert', { model_list: models, datacenters: '["a"]' }, anyone);
  expect(variables.split('\n')).toEqual([
    'datacenters = ["a"]',
    'driver = "raw_exec"',
    `model_list = ${JSON.stringify(models)}`,
    'build_id = "3.22.1"',
    'node_path = "/opt/node"',
  ]);
});

it('lets no value become a program of HCL', () => {
  const { variables } = templates.fill('llama-expert', { model_list: `$\{file("/etc/passwd")}%{if true}` }, anyone);
  expect(variables).toContain('model_list = "$${file(\\"/etc/passwd\\")}%%{if true}"');
});

it('names every variable that is missing, unknown or of another form', () => {
  const given = { datacenters: 'a', speed: '1' };
  expect(() => templates.fill('llama-expert', given, anyone)).toThrow(
    /speed: there is no such variable; datacenters: a list\(string\) is given as JSON; model_list: must be given/,
  );
  expect(() => templates.fill('nothing', {}, anyone)).toThrow(/no job file nothing/);
});

it('keeps what decides over programs for administrators', () => {
  const given = { model_list: models, llama_dir: '/tmp/mine' };
  expect(() => templates.fill('llama-expert', given, anyone)).toThrow(
    expect.objectContaining({ code: 'TWIN_FORBIDDEN' }),
  );
  expect(templates.fill('llama-expert', given, { admin: true }).variables).toContain('llama_dir = "/tmp/mine"');
  expect(() => templates.fill('llama-expert', { ...given, llama_dir: '/opt/twin/llama' }, anyone)).not.toThrow();
});
