import { Catalogue } from '@twin/pipecat-app/experts/catalogue.js';
import { monotonicClock } from '@twin/pipecat-app/experts/clock.js';
import { Dialects } from '@twin/pipecat-app/experts/dialects/dialects.js';
import { ExpertLlm } from '@twin/pipecat-app/experts/expert-llm.js';
import type { ExpertRequest, Route } from '@twin/pipecat-app/experts/gateway.js';
import type { Llm } from '@twin/pipecat-app/experts/llm.js';
import type { ServiceInstance, Services } from '@twin/pipecat-app/experts/service-table.js';

/** The gateway over servers that are told to it, with real time and real sockets. */
export type Experts = {
  llm: ExpertLlm;
  close: () => Promise<void>;
};

/** Nobody is behind these servers, so that a test fails when none of them answers. */
const nobody: Llm = {
  model: '',
  seam: 'exact',
  start: async () => {},
  prepare: async () => {},
  async *stream() {
    yield* [];
    throw new Error('no server answered');
  },
  lastAnswer: () => undefined,
  health: () => ({ ok: false, detail: 'There is none.' }),
  close: async () => {},
};

export async function expertsOn(instances: readonly ServiceInstance[]): Promise<Experts> {
  const services: Services = byService(instances);
  const catalogue = new Catalogue({
    async *watch(signal) {
      yield services;
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
    },
    alive: async () => {},
    clock: monotonicClock,
  });
  const known = new Promise<void>((resolve) => catalogue.onChange(resolve));
  catalogue.start();
  await known;
  const llm = new ExpertLlm({
    catalogue,
    dialects: new Dialects(),
    base: { llm: nobody, embedded: true },
    classify: () => [],
    clock: monotonicClock,
    wakePatienceMs: 1000,
  });
  return {
    llm,
    async close() {
      await catalogue.close();
      await llm.close();
    },
  };
}

const SYSTEM = 'Below are questions and long, detailed answers.';

/** One answer; `onPiece` is called with the number of pieces so far. `gapMs` is the longest wait between two pieces. */
export async function answered(
  llm: ExpertLlm,
  question: string,
  {
    maxTokens = 40,
    onPiece,
    persona,
    system = SYSTEM,
  }: { maxTokens?: number; onPiece?: (count: number, node: string) => void; persona?: string; system?: string } = {},
) {
  const request: ExpertRequest = {
    messages: [
      { role: 'system', content: system },
      { role: 'user', content: question },
    ],
    maxTokens,
    temperature: 0,
    wanted: { expert: 'main', confidence: 1, named: false },
    ...(persona === undefined ? {} : { persona }),
  };
  const routes: Route[] = [];
  let text = '';
  let pieces = 0;
  let node = '';
  let last = performance.now();
  let gapMs = 0;
  let lostMs = 0;
  for await (const event of llm.answer(request, new AbortController().signal)) {
    if ('route' in event) {
      routes.push(event.route);
      if (event.route.step === 'chosen') node = event.route.node;
      else lostMs = performance.now() - last;
    }
    if (!('text' in event)) continue;
    if (pieces > 0) gapMs = Math.max(gapMs, performance.now() - last);
    last = performance.now();
    text += event.text;
    pieces++;
    onPiece?.(pieces, node);
  }
  return { text, pieces, routes, gapMs, lostMs };
}

function byService(instances: readonly ServiceInstance[]): Services {
  const map = new Map<string, ServiceInstance[]>();
  for (const one of instances) map.set(one.service, [...(map.get(one.service) ?? []), one]);
  return map;
}
