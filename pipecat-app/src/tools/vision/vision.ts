import { z } from 'zod';
import type { Tool } from '../tool.js';
import type { Describer } from './describe.js';
import { hasFfmpeg } from './ffmpeg.js';
import { frameOf } from './frame.js';
import { type Source, spokenSource } from './source.js';

const describeArgs = z.strictObject({ question: z.string().trim().max(300).default('') });
type Describe = z.infer<typeof describeArgs>;

/** Waking an expert that sees, and its evaluation of a picture on an old CPU. */
const TIMEOUT_MS = 180_000;

export type VisionOptions = {
  source: Source | undefined;
  /** Experts that are shown the picture. */
  expert: Describer;
  /** Says what it can when no expert sees. */
  local: Pick<Describer, 'describe'>;
  /** Where ffmpeg is looked for; `PATH` when left out. */
  path?: string;
};

/** The agent's eye: one picture of its camera, in words. */
export const visionTool = ({ source, expert, local, path }: VisionOptions): Tool => ({
  name: 'vision',
  description: 'Looks through the camera.',
  unavailable: () => {
    if (source === undefined)
      return 'I have no camera: VISION_SOURCE is not set. Set it, for example to v4l2:/dev/video0, and start the agent again.';
    return hasFfmpeg(path) ? undefined : 'ffmpeg is not installed. Install it with `apt install ffmpeg`.';
  },
  methods: {
    describe: {
      description: 'Looks through the camera now and says what it sees, or answers a question about it.',
      args: describeArgs,
      // A look into a room is private, whoever wants it; "yes" is enough because nothing is changed by it.
      risk: 'sensitive',
      spokenConsent: true,
      timeoutMs: TIMEOUT_MS,
      examples: [
        'what do you see',
        'look through the camera',
        'what is in front of the camera',
        'describe what the webcam shows',
        'how many people are in front of the camera',
        'what am I holding in my hand',
      ],
      effect: ({ question }: Describe) => {
        const where = source === undefined ? 'the camera' : spokenSource(source);
        const { expert: name = '', outside = [] } = expert.who() ?? {};
        const shown = name === '' ? 'It stays on this machine' : `It is shown to the ${name} expert`;
        const leaves = outside.length > 0 ? `, and may leave this cluster to ${outside.join(' or ')}` : '';
        const asked = question === '' ? '' : ` Question: ${JSON.stringify(question)}.`;
        return `Takes one picture from ${where}. ${shown}${leaves}.${asked}`;
      },
      run: async ({ question }: Describe, { signal }) => {
        if (source === undefined) throw new Error('without a source the tool is unavailable');
        const jpeg = await frameOf(source, signal, path);
        const who = expert.who() === undefined ? local : expert;
        return { ok: true, output: await who.describe(jpeg, question, signal) };
      },
    },
  },
});
