import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readConfig, vadKnobs } from '@twin/pipecat-app/config.js';
import { GgufEmbedder } from '@twin/pipecat-app/memory/gguf-embedder.js';
import { RecentVectors } from '@twin/pipecat-app/memory/recent-vectors.js';
import {
  isHeldOut,
  type Labelled,
  readContrast,
  readLabelled,
  readPhrasings,
} from '@twin/pipecat-app/mind/meaning/labelled.js';
import { plainWords } from '@twin/pipecat-app/mind/meaning/meaning-index.js';
import { Reflex } from '@twin/pipecat-app/mind/reflex/reflex.js';
import { findModel, loadCatalogue } from '@twin/pipecat-app/models/catalogue.js';
import { toolParts } from '@twin/pipecat-app/tool-parts.js';
import { Audience } from '@twin/pipecat-app/tools/announcer.js';
import { plainExample } from '@twin/pipecat-app/tools/example.js';
import type { MethodListing } from '@twin/pipecat-app/tools/registry.js';
import { TimerStore } from '@twin/pipecat-app/tools/timer-store.js';
import { systemClock, Timers } from '@twin/pipecat-app/tools/timers.js';

/** The repository's folder, seen from `testing/dist/meaning`. */
export const ours = (file: string): string => fileURLToPath(new URL(`../../../${file}`, import.meta.url));

/** The shipped embedding model. */
export function shippedEmbedder(): RecentVectors {
  const { name, file } = findModel(loadCatalogue(), 'all-minilm-l6-v2-q8_0');
  const path = join(readConfig().TWIN_MODELS, file);
  return new RecentVectors(new GgufEmbedder(async () => ({ id: name, path })));
}

/** Every method of the agent, as one that is fresh from the repository lists them, and those that only a setting switches on. */
export async function everyMethod(): Promise<readonly MethodListing[]> {
  const home = mkdtempSync(join(tmpdir(), 'twin-meaning-'));
  const config = readConfig({ TWIN_HOME: home, SUMMARIZER_ENABLED: 'true' });
  const timers = new Timers({
    store: new TimerStore(join(home, 'timers.json')),
    clock: systemClock,
    announcer: new Audience(),
    onError: () => undefined,
  });
  const nobody = {
    start: async () => undefined,
    complete: async function* () {},
    health: () => ({ ok: false, detail: 'There is none.' }),
    close: async () => undefined,
  };
  const { registry, close } = toolParts(config, {
    consent: { decide: async () => ({ allowed: false, code: 'TWIN_BENCH', words: 'Nothing runs here.' }) },
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
      llm: nobody as never,
      power: undefined,
      nomad: undefined,
      turns: () => [],
      onProblem: () => undefined,
    },
  });
  try {
    return registry.list();
  } finally {
    timers.close();
    await close();
    rmSync(home, { recursive: true, force: true });
  }
}

/** No commands of the file that they were collected for, but of tools that switch, open and set. */
const FOR_TOOLS = new Set([
  'Turn on the lights in the kitchen.',
  'Turn off the kitchen light.',
  'Turn on the radio.',
  'Turn the oven up to two hundred degrees.',
  'Set the oven to two hundred degrees.',
  'Set the thermostat to twenty degrees.',
  'Start the washing machine.',
]);

export const reflex = (): Reflex => new Reflex(ours('prompts/commands.yaml'));

const LABELLED = ours('pipecat-app/src/mind/meaning/labelled');
export const phrasings = (): Record<string, string[]> => readPhrasings(LABELLED);

/**
 * Sentences that are learned from; those with one `together` are left out together where one of them is weighed. `natural`: not
 * written to be mistaken.
 */
export type ToLearn = Labelled & { together?: string; natural?: boolean };
export type Sentences = {
  learn: readonly ToLearn[];
  /** Held out of `learn` when the ways to learn are compared: half of the first sentences, that were held out once. */
  validation: readonly ToLearn[];
};

const isOpenTo =
  (templates: Reflex) =>
  ({ text }: Labelled): boolean =>
    templates.understand(text) === undefined;
const contrastLines = (): ToLearn[] =>
  readContrast(LABELLED).flatMap((texts) =>
    texts.map((text): ToLearn => ({ text, meant: [], together: texts[0] ?? '' })),
  );

/** The labelled sentences that no template fits. */
export function sentences(): Sentences {
  const isOpen = isOpenTo(reflex());
  const hard = readFileSync(ours('pipecat-app/src/mind/reflex/labelled/conversation.txt'), 'utf8').split('\n');
  const talk = hard
    .filter((text) => text !== '' && !FOR_TOOLS.has(text))
    .map((text): Labelled => ({ text, meant: [] }));
  const all = [...readLabelled(LABELLED), ...talk];
  const open = [...new Map(all.map((one) => [one.text.toLowerCase(), one])).values()].filter(isOpen);
  const natural = (of: readonly Labelled[]): ToLearn[] => of.map((one) => ({ ...one, natural: true }));
  return {
    learn: [
      ...natural(open.filter(({ text }) => !isHeldOut(text))),
      ...natural(readLabelled(LABELLED, 'spent-').filter(isOpen)),
      ...readLabelled(LABELLED, 'more-').filter(isOpen),
      ...contrastLines().filter(isOpen),
    ],
    validation: natural(open.filter(({ text }) => isHeldOut(text))),
  };
}

/**
 * Sentences of somebody who had seen none of the others; never learned from, nor thresholds fitted on them. `byTemplate`: so many
 * more fit a template; `alike`: so many were written to be learned from as well, word for word, and are left out.
 */
export function unseenSentences(kind: 'unseen-' | 'unseen2-'): {
  unseen: readonly Labelled[];
  byTemplate: number;
  alike: number;
} {
  if (!existsSync(join(LABELLED, `${kind}commands.tsv`)))
    throw new Error(
      'There are no unseen sentences: the last ones are learned from. Put new ones, of somebody who has seen none of the others, ' +
        'into labelled/unseen-commands.tsv and labelled/unseen-talk.txt.',
    );
  const isOpen = isOpenTo(reflex());
  const learned = [
    ...Object.values(phrasings()).flat().map(plainExample),
    ...[...contrastLines(), ...['', 'spent-', 'more-'].flatMap((kind) => readLabelled(LABELLED, kind))].map(
      ({ text }) => text,
    ),
  ];
  const known = new Set(learned.map(plainWords));
  const written = readLabelled(LABELLED, kind);
  const fresh = written.filter(({ text }) => !known.has(plainWords(text)));
  const unseen = fresh.filter(isOpen);
  return { unseen, byTemplate: fresh.length - unseen.length, alike: written.length - fresh.length };
}
