import { z } from 'zod';
import type { Tool, ToolResult } from './tool.js';

const VOLUME_STEP = 20;
const RATE_STEP = 1.2;
const SLOWEST = 80;
const FASTEST = 400;

const volumeArgs = z.strictObject({
  percent: z.number().min(0).max(100).optional(),
  change: z.enum(['up', 'down', 'unmute', 'none']).optional(),
  /** Percent points of a change. */
  by: z.number().min(1).max(100).optional(),
});
const voiceArgs = z.strictObject({
  /** A voice's name, the beginning of one, `female`, `male`, `default` or `next`. */
  voice: z.string().max(64).optional(),
  change: z.enum(['faster', 'slower']).optional(),
});
const nothing = z.strictObject({});

const done = (output: string): ToolResult => ({ ok: true, output });

/** Changes how the agent speaks in the session that asks. */
export const speechTool = (): Tool => {
  /** Volume before muting, by session. */
  const beforeMute = new Map<string, number>();

  return {
    name: 'speech',
    description: 'Volume, voice, stopping and repeating.',
    methods: {
      volume: {
        description: 'Sets the volume in percent, or turns it up, down, off or on again.',
        args: volumeArgs,
        sample: { say: 'Turn the volume up.', args: { change: 'up' } },
        risk: 'write',
        run: (args: z.infer<typeof volumeArgs>, { controls }) => {
          const now = controls.volume();
          if (args.change === 'none') return done(now === 0 ? 'I am muted.' : `The volume is ${now} percent.`);
          const step = args.by ?? VOLUME_STEP;
          let percent = args.percent ?? now;
          if (args.change === 'up') percent = now + step;
          if (args.change === 'down') percent = Math.max(now === 0 ? 0 : 10, now - step);
          if (args.change === 'unmute') percent = now > 0 ? now : (beforeMute.get(controls.session) ?? 60);
          percent = Math.round(Math.min(100, Math.max(0, percent)));
          if (percent === 0 && now > 0) remember(beforeMute, controls.session, now);
          controls.setVolume(percent);
          return done(percent === 0 ? 'Muted.' : `Volume ${percent} percent.`);
        },
      },
      voice: {
        description: 'Chooses another voice, or speaks faster or slower.',
        args: voiceArgs,
        sample: { say: 'Speak faster.', args: { change: 'faster' } },
        risk: 'write',
        run: (args: z.infer<typeof voiceArgs>, { controls }) => {
          const { name, rate } = controls.voice();
          if (args.change !== undefined) {
            const wanted = Math.round(args.change === 'faster' ? rate * RATE_STEP : rate / RATE_STEP);
            const next = Math.min(FASTEST, Math.max(SLOWEST, wanted));
            if (next === rate) return done(`I cannot speak ${args.change}.`);
            controls.setVoice({ rate: next });
            return done(`I speak ${args.change} now.`);
          }
          const chosen = chooseVoice(args.voice ?? 'next', name, controls.voices());
          if (chosen === undefined) {
            return { ok: false, output: `I have no ${args.voice} voice.`, error: 'TWIN_VOICE_UNKNOWN' };
          }
          controls.setVoice({ name: chosen });
          return done('This is my voice now.');
        },
      },
      stop: {
        description: 'Stops speaking.',
        args: nothing,
        risk: 'read',
        run: () => done(''),
      },
      repeat: {
        description: 'Says the last answer again.',
        args: nothing,
        risk: 'read',
        run: (_: never, { controls }) => done(controls.lastAnswer() || 'I have not said anything yet.'),
      },
    },
  };
};

/** As many sessions as can be open at once, several times over; the oldest is forgotten. */
function remember(volumes: Map<string, number>, session: string, volume: number): void {
  volumes.delete(session);
  volumes.set(session, volume);
  const oldest = volumes.keys().next();
  if (volumes.size > 256 && !oldest.done) volumes.delete(oldest.value);
}

const FEMALE = /\+f\d|female|\bslt\b/;
const MALE = /\+m\d|(?<!fe)male|\brms\b/;

/** Finds the voice among `voices` that `wanted` means, keeping the accent of `current` where it can. */
export function chooseVoice(wanted: string, current: string, voices: readonly string[]): string | undefined {
  if (voices.length === 0) return undefined;
  if (wanted === 'next') return voices[(voices.indexOf(current) + 1) % voices.length];
  if (wanted === 'default') return voices[0];
  if (voices.includes(wanted)) return wanted;
  const accent = current.split('+')[0] ?? '';
  const sameAccentFirst = [...voices].sort((a, b) => Number(b.startsWith(accent)) - Number(a.startsWith(accent)));
  if (wanted === 'female') return sameAccentFirst.find((voice) => FEMALE.test(voice));
  if (wanted === 'male')
    return sameAccentFirst.find((voice) => MALE.test(voice)) ?? sameAccentFirst.find((voice) => !FEMALE.test(voice));
  return voices.find((voice) => voice.startsWith(wanted));
}
