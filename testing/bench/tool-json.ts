/** What the small real model does with tools when its answers have to fit a form: `npm run bench:tool-json`. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { readConfig, vadKnobs } from '@twin/pipecat-app/config.js';
import { EmbeddedLlm } from '@twin/pipecat-app/experts/embedded.js';
import { GgufEmbedder } from '@twin/pipecat-app/memory/gguf-embedder.js';
import { unwrapped } from '@twin/pipecat-app/mind/answer-object.js';
import { MethodMeanings } from '@twin/pipecat-app/mind/method-meanings.js';
import { Personas } from '@twin/pipecat-app/mind/personas.js';
import { promptFor } from '@twin/pipecat-app/mind/prompt.js';
import { type CallItem, withToolCalls } from '@twin/pipecat-app/mind/tool-calls.js';
import { likely } from '@twin/pipecat-app/mind/tool-choice.js';
import { findModel, loadCatalogue } from '@twin/pipecat-app/models/catalogue.js';
import { toolParts } from '@twin/pipecat-app/tool-parts.js';
import { Audience } from '@twin/pipecat-app/tools/announcer.js';
import { needsConsent } from '@twin/pipecat-app/tools/consent.js';
import type { MethodListing } from '@twin/pipecat-app/tools/registry.js';
import { TimerStore } from '@twin/pipecat-app/tools/timer-store.js';
import { systemClock, Timers } from '@twin/pipecat-app/tools/timers.js';
import { fits, TOOL_REQUESTS } from './tool-requests.js';

const { values } = parseArgs({
  options: { model: { type: 'string', default: 'gemma3-270m-q4_k_m' } },
});
/** As in `mind/answers.ts`. */
const TOKENS = 400;
const config = readConfig();
const signal = new AbortController().signal;
const catalogue = loadCatalogue();
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const modelPath = (name: string): string => join(config.TWIN_MODELS, findModel(catalogue, name).file);

/** Every method of the agent as if it could be used here; nothing is run. */
async function listed(home: string): Promise<MethodListing[]> {
  const timers = new Timers({
    store: new TimerStore(join(home, 'timers.json')),
    clock: systemClock,
    announcer: new Audience(),
    onError: () => undefined,
  });
  const none = Object.assign(new EmbeddedLlm({ name: 'none', modelPath: '', template: 'chat' }), {
    seeing: () => ({ experts: [], outside: [] }),
    answer: async function* () {},
  });
  const { registry, close } = toolParts(readConfig({ TWIN_HOME: home }), {
    consent: needsConsent,
    timers,
    report: () => [],
    inner: {
      root: home,
      control: {
        startedAt: 0,
        version: '0',
        report: () => [],
        settings: { vad: () => vadKnobs(config), setVad: () => undefined, setLogLevel: () => undefined },
        restart: { supervised: false, end: () => undefined },
      },
      llm: none,
      power: undefined,
      nomad: undefined,
      turns: () => [],
      onProblem: () => undefined,
    },
  });
  const methods = registry.list().map((method) => ({ ...method, unavailable: undefined }));
  timers.close();
  await close();
  return methods;
}

async function read(
  pieces: AsyncIterable<string>,
): Promise<{ words: string; item: CallItem | undefined; whole: string }> {
  let [words, whole] = ['', ''];
  let item: CallItem | undefined;
  async function* kept(): AsyncGenerator<string> {
    for await (const piece of pieces) {
      whole += piece;
      yield piece;
    }
  }
  for await (const one of withToolCalls(unwrapped<never>(kept()))) {
    if (typeof one === 'string') words += one;
    else item ??= one as CallItem;
  }
  return { words, item, whole };
}

const home = mkdtempSync(join(tmpdir(), 'twin-bench-'));
const { prompt = 'chat' } = findModel(catalogue, values.model);
const llm = new EmbeddedLlm({ name: values.model, modelPath: modelPath(values.model), template: prompt });
const embedder = new GgufEmbedder(async () => ({ id: 'bench', path: modelPath('all-minilm-l6-v2-q8_0') }));
try {
  const methods = await listed(home);
  await Promise.all([llm.start(signal), embedder.start(signal)]);
  const meanings = new MethodMeanings({ embedder, methods: () => methods });
  await meanings.prepare(signal);
  const persona = new Personas(fileURLToPath(new URL('../../../prompts', import.meta.url))).router();
  const count = { offered: 0, parsed: 0, valid: 0, method: 0, args: 0, held: 0, words: 0 };
  const times: number[] = [];
  let silent = 0;
  for (const { text, wanted, args = {} } of TOOL_REQUESTS) {
    if (wanted !== 'answer' && !methods.some(({ name }) => name === wanted)) throw new Error(`no method ${wanted}`);
    const tools = likely(text, methods, await meanings.nearest(text, signal));
    if (tools.length === 0) {
      silent++;
      say(`  nothing near  ${text}`);
      continue;
    }
    const before = performance.now();
    const request = { messages: promptFor(persona, [], text, 4000), maxTokens: TOKENS, tools };
    const { words, item, whole } = await read(llm.stream(request, signal));
    times.push(performance.now() - before);
    const call = item && 'call' in item ? item.call : undefined;
    const given = methods.find(({ name }) => name === call?.name)?.args.safeParse(call?.args);
    const valid = call ? given?.success === true : words !== '' && item === undefined;
    if (isJson(whole)) count.parsed++;
    if (valid) count.valid++;
    const got = call?.name ?? 'answer';
    const right = got === wanted && valid;
    if (wanted === 'answer') {
      count.held++;
      if (right) count.words++;
    } else if (tools.some(({ name }) => name === wanted)) {
      count.offered++;
      if (right) count.method++;
      if (right && fits(call?.args ?? {}, args)) count.args++;
    }
    say(`  ${right ? 'right' : 'wrong'}${valid ? '' : ' INVALID'}  ${text} → ${whole.slice(0, 140)}`);
  }
  const asked = times.length;
  const wanting = TOOL_REQUESTS.filter(({ wanted }) => wanted !== 'answer').length;
  say(`${TOOL_REQUESTS.length} requests, ${silent} with no tool near (asked as without tools)`);
  say(`held to a form: ${asked}; JSON: ${count.parsed}; valid by the method's own schema: ${count.valid}`);
  say(
    `of ${wanting} that want a tool, ${count.offered} were offered it: right method ${count.method}, and arguments ${count.args}`,
  );
  say(`of ${count.held} that want words: answered in words ${count.words}`);
  say(`median ${Math.round(times.sort((a, b) => a - b)[asked >> 1] ?? 0)} ms an answer`);
} finally {
  await Promise.all([llm.close(), embedder.close()]);
  rmSync(home, { recursive: true, force: true });
}

function isJson(text: string): boolean {
  try {
    return typeof JSON.parse(text) === 'object';
  } catch {
    return false;
  }
}
