// Measures what the second hearing is worth: commands and conversation, spoken in noise, through the real ear and the
// rule of voice/second-hearing.ts. Prints Markdown. usage: node testing/dist/bench/hearing-study.js [SEED OF THE NOISE]
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { WhisperCpp } from '@twin/pipecat-app/ears/whisper-cpp.js';
import { Reflex } from '@twin/pipecat-app/mind/reflex/reflex.js';
import { msToSamples } from '@twin/pipecat-app/voice/pcm.js';
import { better, isWorthHearingAgain } from '@twin/pipecat-app/voice/second-hearing.js';
import { COMMANDS, type SpokenCommand } from '../acoustic/commands.js';
import { whisperFiles } from '../acoustic/ears.js';
import { SPEAKERS, speech } from '../acoustic/render.js';
import { quantile } from './quantiles.js';
import { ROOT } from './servers.js';

/** What the session has of the sound when it first asks: the preroll, and the silence that told it to. */
const BEFORE = msToSamples(300);
const AFTER = msToSamples(100);
const EVERY_NTH_SENTENCE = 4;

type Said = { text: string; speaker: (typeof SPEAKERS)[number]; snrDb: number; command?: SpokenCommand };
type Result = Said & { once: string; twice: string; firstMs: number; secondMs: number };

const seed = Number(process.argv[2] ?? 2);
const reflex = new Reflex(join(ROOT, 'prompts', 'commands.yaml'));
const labelled = readFileSync(join(ROOT, 'pipecat-app/src/mind/reflex/labelled/conversation.txt'), 'utf8');
const sentences = labelled.split('\n').filter((line, i) => line !== '' && i % EVERY_NTH_SENTENCE === 0);

const commands: Said[] = SPEAKERS.flatMap((speaker) =>
  [20, 10].flatMap((snrDb) => COMMANDS.map((command) => ({ text: command.text, speaker, snrDb, command }))),
);
const conversation: Said[] = sentences.flatMap((text, i) =>
  SPEAKERS.filter((_, s) => (s + i) % 2 === 0).map((speaker) => ({ text, speaker, snrDb: i % 4 < 2 ? 20 : 10 })),
);

async function hear(whisper: WhisperCpp, said: Said): Promise<Result> {
  const clip = await speech(said.text, said.speaker, { snrDb: said.snrDb, seed });
  const samples = clip.samples.slice(Math.max(0, clip.begin - BEFORE), clip.end + AFTER);
  const signal = AbortSignal.timeout(60_000);
  const prompt = reflex.hints();
  const free = await whisper.transcribe(samples, { kind: 'final', prompt }, signal);
  const heard = { ...said, once: free.text, twice: free.text, firstMs: free.ms, secondMs: 0 };
  if (!isWorthHearingAgain(free, samples.length) || (!free.looped && reflex.isClear(free.text))) return heard;
  const second = await whisper.transcribe(samples, { kind: 'final', prompt, grammar: reflex.grammar() }, signal);
  const twice = better(free, second, (text) => reflex.isClear(text));
  return { ...heard, twice, secondMs: second.ms };
}

/** Two ears of one thread each, which keep two cores busy. */
async function hearAll(all: readonly Said[]): Promise<Result[]> {
  const waiting = [...all];
  const results: Result[] = [];
  const ear = async (): Promise<void> => {
    const whisper = new WhisperCpp({ ...whisperFiles(), threads: 1 });
    for (let next = waiting.shift(); next; next = waiting.shift()) results.push(await hear(whisper, next));
    await whisper.close();
  };
  await Promise.all([ear(), ear()]);
  return results;
}

const isRight = (text: string, command: SpokenCommand): boolean => {
  const found = reflex.understand(text);
  return found?.call === command.tool && isDeepStrictEqual(found.args, command.args);
};
const percent = (part: number, whole: number): string => `${part} of ${whole} (${((100 * part) / whole).toFixed(1)} %)`;

const done = await hearAll(commands);
const right = (of: readonly Result[], how: 'once' | 'twice'): string =>
  percent(of.filter((each) => each.command && isRight(each[how], each.command)).length, of.length);
const at = (snrDb: number): Result[] => done.filter((each) => each.snrDb === snrDb);
const talked = await hearAll(conversation);
const taken = talked.filter(({ twice }) => reflex.understand(twice)?.call !== undefined);
const again = done.filter(({ secondMs }) => secondMs > 0);

console.log('| | heard once | heard twice where unsure |\n|---|---|---|');
for (const snrDb of [20, 10])
  console.log(`| commands right, ${snrDb} dB | ${right(at(snrDb), 'once')} | ${right(at(snrDb), 'twice')} |`);
console.log(`| commands right, all | ${right(done, 'once')} | ${right(done, 'twice')} |`);
console.log(`| conversation taken for a command | | ${percent(taken.length, talked.length)} |`);
const ms = (of: readonly number[]): string => `${quantile(of, 0.5).toFixed(0)} / ${quantile(of, 0.95).toFixed(0)} ms`;
console.log(`\nHeard twice: ${percent(again.length, done.length)} of the commands.`);
console.log(
  `First hearing p50 / p95 ${ms(done.map(({ firstMs }) => firstMs))}, second ${ms(again.map(({ secondMs }) => secondMs))}.\n`,
);
for (const { text, speaker, snrDb, once, twice, command } of done)
  if (command && !isRight(twice, command))
    console.log(`- ${speaker.voice} ${snrDb} dB: "${text}": "${once}" → "${twice}"`);
for (const { text, twice } of taken) console.log(`- taken: "${text}" → "${twice}"`);
