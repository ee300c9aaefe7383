import { join } from 'node:path';
import { vi } from 'vitest';
import { readConfig, vadKnobs } from './config.js';
import { llmThat } from './experts/broken-llm.fixture.js';
import { temporaryFolder } from './temporary-folder.fixture.js';
import { toolParts } from './tool-parts.js';
import { Audience } from './tools/announcer.js';
import type { Consent } from './tools/consent.js';
import { demoHome } from './tools/mcp-servers/demo-home.fixture.js';
import type { MethodListing, ToolRegistry } from './tools/registry.js';
import { TimerStore } from './tools/timer-store.js';
import { systemClock, Timers } from './tools/timers.js';
import type { Tool } from './tools/tool.js';

/**
 * All tools of the agent in an empty home, without a cluster and with a language model that says nothing; and those of a
 * real MCP server, once `withServer` has resolved.
 */
export function realTools(
  consent: Consent,
  env: Record<string, string> = {},
): {
  registry: ToolRegistry;
  withServer(): Promise<void>;
  close(): Promise<void>;
} {
  const home = temporaryFolder();
  const demo = demoHome(home);
  demo.configure({ demo: demo.stdio({ allow: ['echo'] }) });
  const timers = new Timers({
    store: new TimerStore(join(home, 'timers.json')),
    clock: systemClock,
    announcer: new Audience(),
    onError: () => undefined,
  });
  const { registry, part, close } = toolParts(readConfig({ TWIN_HOME: home, ...env }), {
    consent,
    timers,
    report: () => [],
    inner: {
      root: home,
      control: {
        startedAt: 0,
        version: '0',
        report: () => [],
        settings: { vad: () => vadKnobs(readConfig({})), setVad: () => undefined, setLogLevel: () => undefined },
        restart: { supervised: false, end: () => undefined },
      },
      llm: {
        ...llmThat(async function* () {}),
        seeing: () => ({ experts: [], outside: [] }),
        answer: async function* () {},
      },
      power: undefined,
      nomad: undefined,
      turns: () => [],
      onProblem: () => undefined,
    },
  });
  return {
    registry,
    withServer: async () => {
      await part(async () => undefined).start?.(new AbortController().signal);
      await vi.waitUntil(() => registry.names().includes('demo.echo'), { timeout: 10_000 });
    },
    close: async () => {
      timers.close();
      await close();
    },
  };
}

/** The same names, arguments and risks; what they would do is told to `run` instead. */
export const rehearsed = (
  methods: readonly MethodListing[],
  run: (name: string, args: Record<string, unknown>) => string,
): Tool[] =>
  [...new Set(methods.map(({ name }) => name.split('.')[0] ?? ''))].map((tool) => ({
    name: tool,
    description: 'x',
    methods: Object.fromEntries(
      methods
        .filter(({ name }) => name.startsWith(`${tool}.`))
        .map(({ name, description, args, risk, marked = [] }) => [
          name.slice(tool.length + 1),
          {
            description,
            args,
            risk,
            examples: marked,
            run: (given: Record<string, unknown>) => ({ ok: true as const, output: run(name, given) }),
          },
        ]),
    ),
  }));
