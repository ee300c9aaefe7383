import { SPEAKERS, speech } from '../acoustic/render.js';
import { spread } from './quantiles.js';
import { atMost, type Figure } from './report.js';
import type { Scenario } from './scenario.js';
import { type Asked, User } from './user.js';

const COMMANDS = [
  'What time is it?',
  "What is today's date?",
  'Set a timer for ten minutes.',
  'How much time is left?',
  'Cancel the timer.',
  'Set the volume to eighty percent.',
  'Turn the volume up.',
  'What day of the week is it?',
  'Tell me the time, please.',
  'How are you today?',
];
const QUESTIONS = [
  'What is the capital of France?',
  'Who wrote Romeo and Juliet?',
  'What is the largest planet?',
  'Why is the sky blue?',
];

/** Parts of a turn, end to end. */
const sum = ({ record: { ms } }: Asked): number => ms.endpoint + ms.stt + ms.mind + ms.tts + ms.playout;

/** Latency from the last sample of the user to the first of the answer, read off the recorded waveform. */
export const turns: Scenario = async ({ server, quick, signal, say }) => {
  const user = await User.join(server, signal);
  const answered: Asked[] = [];
  let silent = 0;
  for (const speaker of SPEAKERS.slice(0, quick ? 1 : 4)) {
    for (const text of COMMANDS) {
      const asked = await user.ask(await speech(text, speaker));
      if (asked.record.source === 'reflex' && asked.answeredFrom >= 0) answered.push(asked);
      else silent++;
      say(`${speaker.voice}: "${asked.record.transcript}" ${Math.round(asked.voiceToVoiceMs)} ms`);
    }
  }
  const open: Asked[] = [];
  for (const text of QUESTIONS.slice(0, quick ? 2 : 4)) open.push(await user.ask(await speech(text, SPEAKERS[0])));
  await user.leave();
  const command = spread(answered.map((asked) => asked.voiceToVoiceMs));
  const question = spread(open.map((asked) => asked.voiceToVoiceMs));
  const error = spread(answered.map((asked) => Math.abs(sum(asked) - asked.voiceToVoiceMs)));
  const stages = Object.fromEntries(
    (['endpoint', 'stt', 'mind', 'tts', 'playout'] as const).map((part) => [
      part,
      spread(answered.map((a) => a.record.ms[part])),
    ]),
  );
  const figures: Figure[] = [
    atMost('spoken command, voice to voice, p50', command.p50, 900, 'ms', { command, stages, notUnderstood: silent }),
    atMost('spoken command, voice to voice, p95', command.p95, 1500, 'ms'),
    { name: 'open question, voice to voice, p50', value: `${question.p50} ms`, goal: '', met: null, detail: question },
    atMost('sum of the parts against the waveform, p95', error.p95, 20, 'ms', error),
  ];
  return figures;
};
