import { afterEach, describe, expect, test } from 'vitest';
import { ManualClock } from '../tools/manual-clock.fixture.js';
import { Catalogue, type CatalogueParts } from './catalogue.js';
import { externalExperts } from './external.js';
import type { Power, Services } from './service-table.js';
import { service, steered } from './services.fixture.js';

const open: Catalogue[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.close()));
});

const clock = new ManualClock(0);
function catalogue(parts: Partial<CatalogueParts>): Catalogue {
  const made = new Catalogue({ alive: async () => {}, clock, ...parts });
  open.push(made);
  made.start();
  return made;
}
const services = (...all: ReturnType<typeof service>[]): Services => {
  const map = new Map<string, ReturnType<typeof service>[]>();
  for (const one of all) map.set(one.service, [...(map.get(one.service) ?? []), one]);
  return map;
};
const states = (made: Catalogue): string =>
  made
    .experts()
    .map(({ name, state }) => `${name} ${state}`)
    .join(', ');

describe('the table of experts', () => {
  test('follows Consul: experts come, change and go', async () => {
    const consul = steered<Services>();
    const made = catalogue({ watch: consul.watch });
    expect(made.link()).toBe('lost');
    const changes: string[] = [];
    made.onChange(() => changes.push(states(made)));
    await consul.push(services(service('llama-api-main'), service('web')));
    expect(states(made)).toBe('main awake');
    expect(made.link()).toBe('ok');
    await consul.push(services(service('llama-api-main', { passing: false }), service('llama-api-coding')));
    expect(states(made)).toBe('coding awake, main down');
    await consul.push(
      services(service('llama-api-coding', { meta: { degraded: 'true', model: 'small', context: '512' } })),
    );
    expect(made.find('main')).toBeUndefined();
    expect(made.find('coding')?.instances[0]).toMatchObject({ degraded: true, model: 'small', context: 512 });
    expect(changes.at(-1)).toBe('coding awake');
  });

  test('a table that did not change tells nobody', async () => {
    const consul = steered<Services>();
    const made = catalogue({ watch: consul.watch });
    await consul.push(services(service('llama-api-main')));
    let told = 0;
    made.onChange(() => told++);
    await consul.push(services(service('llama-api-main')));
    expect(told).toBe(0);
  });

  test('when Consul is lost, what was known is still answered; when it is back, the table catches up', async () => {
    const consul = steered<Services>();
    const problems: string[] = [];
    const made = catalogue({ watch: consul.watch, onProblem: (source) => problems.push(source) });
    await consul.push(services(service('llama-api-main')));
    await consul.fail(new Error('connection refused'));
    expect([states(made), made.link(), problems]).toEqual(['main awake', 'lost', ['services']]);
    clock.advance(500);
    await consul.fail(new Error('connection refused'));
    expect(problems, 'told once').toEqual(['services']);
    clock.advance(1000);
    await consul.push(services(service('llama-api-main'), service('llama-api-math')));
    expect([states(made), made.link()]).toEqual(['main awake, math awake', 'ok']);
  });

  test('a sleeping expert has no servers and is there', async () => {
    const [consul, kv] = [steered<Services>(), steered<Power>()];
    const made = catalogue({ watch: consul.watch, power: kv.watch });
    await consul.push(services(service('llama-api-main')));
    await kv.push(
      new Map([
        ['llama-api-coding', 'asleep'],
        ['llama-api-main', 'awake'],
        ['web', 'asleep'],
      ]),
    );
    expect(states(made)).toBe('coding asleep, main awake');
    await consul.push(services(service('llama-api-main'), service('llama-api-coding')));
    expect(states(made), 'a server that answers is awake, whatever the key says').toBe('coding awake, main awake');
  });

  test('names that are none of an expert, and addresses that are none, are left out', async () => {
    const consul = steered<Services>();
    const made = catalogue({ watch: consul.watch });
    await consul.push(
      services(
        service('llama-api-'),
        service('llama-api-../x'),
        service('llama-api-files', { meta: { url: 'file:///etc/passwd' } }),
        service('llama-api-six', { address: 'fd00::7' }),
      ),
    );
    expect(made.experts().map(({ name, instances }) => [name, instances[0]?.endpoint.baseUrl])).toEqual([
      ['six', 'http://[fd00::7]:8080'],
    ]);
  });

  test('an external server that stops answering is down until it answers again', async () => {
    let there = true;
    const made = catalogue({
      external: externalExperts({ EXPERTS: '[{name: cloud, url: "http://h/v1"}]', OLLAMA_MODEL: '' }, {}),
      alive: async () => {
        await Promise.resolve();
        if (!there) throw new Error('gone');
      },
    });
    expect(states(made)).toBe('cloud awake');
    const changed = () => new Promise<void>((resolve) => made.onChange(resolve));
    there = false;
    let next = changed();
    await expect.poll(() => clock.armed).toBeGreaterThan(0);
    clock.advance(15_000);
    await next;
    expect(states(made)).toBe('cloud down');
    there = true;
    next = changed();
    await expect.poll(() => clock.armed).toBeGreaterThan(0);
    clock.advance(15_000);
    await next;
    expect(states(made)).toBe('cloud awake');
  });

  test('closing ends every watch', async () => {
    const consul = steered<Services>();
    const made = catalogue({ watch: consul.watch });
    await consul.push(services(service('llama-api-main')));
    await made.close();
    expect(consul.open()).toBe(0);
  });
});

describe('experts of the settings', () => {
  test('a list, a file and Ollama', () => {
    const found = externalExperts(
      {
        EXPERTS: '[{"name":"cloud","dialect":"anthropic","url":"https://h/v1/","model":"m","key_env":"CLOUD_KEY"}]',
        OLLAMA_BASE_URL: 'http://127.0.0.1:11434',
        OLLAMA_MODEL: 'gemma3',
      },
      { CLOUD_KEY: 'sesame' },
    );
    expect(
      found.map(({ expert, endpoint, node }) => [expert, endpoint.dialect, endpoint.baseUrl, endpoint.apiKey, node]),
    ).toEqual([
      ['cloud', 'anthropic', 'https://h/v1', 'sesame', 'h'],
      ['ollama', 'ollama', 'http://127.0.0.1:11434', '', '127.0.0.1:11434'],
    ]);
  });

  test.each([
    ['/nowhere/experts.yaml', /cannot be read/],
    [
      '[{name: "A b", url: "http://h"}, {name: x, url: h, dialect: telnet}]',
      /3 problem\(s\)[\s\S]*0\.name[\s\S]*1\.dialect[\s\S]*1\.url/,
    ],
  ])('%s is refused in words', (EXPERTS, words) => {
    expect(() => externalExperts({ EXPERTS, OLLAMA_MODEL: '' }, {})).toThrow(words);
  });
});
