/** How soon and how clearly the default mouth speaks: `npm run bench:mouth`, and `-- --listen` to have Whisper write it down. */

import { readConfig } from '@twin/pipecat-app/config.js';
import { WhisperCpp } from '@twin/pipecat-app/ears/whisper-cpp.js';
import { loadCatalogue } from '@twin/pipecat-app/models/catalogue.js';
import { ModelStore } from '@twin/pipecat-app/models/store.js';
import { whisperProgram } from '@twin/pipecat-app/models/whisper-source.js';
import { Espeak } from '@twin/pipecat-app/mouth/espeak.js';
import { concat, samplesToMs } from '@twin/pipecat-app/voice/pcm.js';
import { errorRate, wordError } from '../acoustic/word-error.js';
import { spread } from './quantiles.js';

const SENTENCES = [
  'The timer is set for ten minutes.',
  'It is half past four in the afternoon.',
  'Today is Saturday, the twenty first of November.',
  'I did not understand that, please say it again.',
  'The capital of France is Paris.',
  'I can tell you the time, set timers and answer questions.',
  'The volume is now fifty percent.',
  'All parts of the cluster are working well.',
  'Your timer for the eggs has finished.',
  'Sorry, the language model does not answer at the moment.',
  'The kitchen light is on now.',
  'Tomorrow morning at eight I will wake you.',
  'There are three nodes awake and two asleep.',
  'I could not reach the server, please check the network.',
  'A year has twelve months.',
  'Which room do you mean?',
  'Done, I have turned the volume down.',
  'The weather report is not available here.',
  'Water boils at one hundred degrees.',
  'Good evening, how can I help you?',
];
const VOICES = ['en-us', 'en-us+f3', 'en-us+m3', 'en-us+m7', 'en-gb', 'en-gb+f3', 'en-gb-scotland'];
const RATES = [150, 160, 170, 180];
const PAUSE = new Int16Array(8000);

const never = new AbortController().signal;
const espeak = new Espeak();

async function speed(): Promise<void> {
  const firsts: number[] = [];
  const realTimeFactors: number[] = [];
  for (const sentence of [...SENTENCES, ...SENTENCES, ...SENTENCES, ...SENTENCES, ...SENTENCES]) {
    const started = performance.now();
    let first = 0;
    let samples = 0;
    for await (const piece of espeak.speak(sentence, { name: '', rate: 160 }, never)) {
      if (samples === 0) first = performance.now() - started;
      samples += piece.length;
    }
    firsts.push(first);
    realTimeFactors.push((performance.now() - started) / samplesToMs(samples));
  }
  const { n, p50, p95 } = spread(firsts);
  const factor = realTimeFactors.reduce((sum, value) => sum + value, 0) / realTimeFactors.length;
  console.log(`first sample of ${n} clauses: p50 ${p50} ms, p95 ${p95} ms; real-time factor ${factor.toFixed(3)}`);
}

async function listen(): Promise<void> {
  const config = readConfig();
  const { path } = await new ModelStore(config.TWIN_MODELS, loadCatalogue()).firstUsable('stt', never);
  const whisper = new WhisperCpp({ binary: whisperProgram(config.TWIN_ENGINES, 'whisper-server'), model: path });
  await whisper.start(never);
  try {
    console.log('| voice | words per minute | word error |\n|---|---|---|');
    for (const voice of VOICES) await row(whisper, voice, 160);
    for (const rate of RATES) if (rate !== 160) await row(whisper, 'en-us', rate);
  } finally {
    await whisper.close();
  }
}

async function row(whisper: WhisperCpp, name: string, rate: number): Promise<void> {
  const results = [];
  for (const sentence of SENTENCES) {
    const pieces: Int16Array[] = [PAUSE];
    for await (const piece of espeak.speak(sentence, { name, rate }, never)) pieces.push(piece);
    const { text } = await whisper.transcribe(concat([...pieces, PAUSE]), { kind: 'final' }, never);
    results.push(wordError(sentence, text));
  }
  console.log(`| ${name} | ${rate} | ${(100 * errorRate(results)).toFixed(1)} % |`);
}

await speed();
if (process.argv.includes('--listen')) await listen();
await espeak.close();
