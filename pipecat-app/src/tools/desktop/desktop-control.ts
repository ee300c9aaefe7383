import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import { TwinError } from '../../errors.js';
import { savePicture } from '../pictures.js';
import type { Method, Tool, ToolResult } from '../tool.js';

const execute = promisify(execFile);

export type DesktopOptions = {
  /** X11 display, `:0`. `DISPLAY` */
  display: string;
  /** Where screenshots are kept. */
  pictures: string;
  /** Where programs are looked for; `PATH` when left out. */
  path?: string;
};

const place = z.number().int().min(0).max(32_767);
const moveArgs = z.strictObject({ x: place, y: place });
const BUTTONS = { left: '1', middle: '2', right: '3' } as const;
const clickArgs = z.strictObject({ button: z.enum(['left', 'middle', 'right']).default('left') });
const typeArgs = z.strictObject({
  // Tab and new line are keys; other control characters are none.
  text: z
    .string()
    .min(1)
    .max(2000)
    .regex(/^[^\p{Cc}]*(?:[\t\n][^\p{Cc}]*)*$/u, 'leave out control characters'),
});
const keyArgs = z.strictObject({
  combo: z
    .string()
    .trim()
    .max(60)
    .regex(/^[A-Za-z0-9_]+(\+[A-Za-z0-9_]+){0,4}$/, 'keys with + between, such as ctrl+s or Return'),
});
const none = z.strictObject({});
const done = (output: string): ToolResult => ({ ok: true, output });

/** Mouse, keys and picture of an X11 desktop. */
export const desktopControlTool = ({ display, pictures, path }: DesktopOptions): Tool => {
  const has = (program: string): boolean =>
    (path ?? process.env.PATH ?? '').split(delimiter).some((folder) => folder && existsSync(join(folder, program)));
  const run = async (program: string, args: string[], signal: AbortSignal): Promise<void> => {
    try {
      await execute(program, args, { env: { ...process.env, DISPLAY: display }, signal, killSignal: 'SIGKILL' });
    } catch (cause) {
      signal.throwIfAborted();
      throw new TwinError('TWIN_DESKTOP', `The display ${display} does not do that.`, {
        next: 'See whether it is there and whether the agent may use it (`xhost +SI:localuser:USER`).',
        cause,
      });
    }
  };
  const act = <A>(
    description: string,
    args: Method['args'],
    examples: string[],
    effect: (args: A) => string,
    toRun: (args: A) => string[],
    said: string,
  ): Method => ({
    description,
    args,
    risk: 'sensitive',
    timeoutMs: 15_000,
    examples,
    effect: effect as (args: never) => string,
    run: async (given: never, { signal }) => {
      await run('xdotool', toRun(given), signal);
      return done(said);
    },
  });

  return {
    name: 'desktop_control',
    description: 'Mouse, keyboard and picture of the desktop.',
    unavailable: () => {
      if (display === '') return 'There is no desktop: DISPLAY is not set. Start the agent with DISPLAY=:0.';
      const missing = ['xdotool', 'scrot'].filter((program) => !has(program));
      if (missing.length === 0) return undefined;
      return `${missing.join(' and ')} is not installed. Install it with \`apt install ${missing.join(' ')}\`.`;
    },
    methods: {
      screenshot: {
        description: 'Keeps a picture of the whole desktop.',
        args: none,
        risk: 'sensitive',
        timeoutMs: 15_000,
        examples: [
          'take a screenshot of the desktop',
          'take a picture of my screen',
          'save what is on the screen',
          'screenshot of the desktop',
          'grab the screen',
          'capture the desktop',
          'make a screenshot',
        ],
        effect: () => 'Takes a picture of everything on the desktop.',
        run: async (_: unknown, { signal, now }) => {
          const scratch = await mkdtemp(join(tmpdir(), 'twin-screen-'));
          try {
            const file = join(scratch, 'screen.png');
            await run('scrot', ['--pointer', file], signal);
            return done(`Saved as ${await savePicture(pictures, 'desktop', await readFile(file), now())}.`);
          } finally {
            await rm(scratch, { recursive: true, force: true });
          }
        },
      },
      move: act<z.infer<typeof moveArgs>>(
        'Moves the mouse to a place, in pixels from the upper left corner.',
        moveArgs,
        [
          'move the mouse to {x:ten} {y:twenty}',
          'put the pointer at {x:ten} {y:twenty}',
          'move the cursor to the middle',
        ],
        ({ x, y }) => `Moves the mouse to ${x}, ${y}.`,
        ({ x, y }) => ['mousemove', '--sync', String(x), String(y)],
        'Moved.',
      ),
      click: act<z.infer<typeof clickArgs>>(
        'Clicks where the mouse is.',
        clickArgs,
        [
          'click the mouse',
          'do a {button:right} click',
          'click with the {button:left} button',
          'press the {button:right} mouse button',
          'click the {button:right} mouse button',
          'a {button:left} click please',
        ],
        ({ button }) => `Clicks the ${button} mouse button where the pointer is.`,
        ({ button }) => ['click', BUTTONS[button]],
        'Clicked.',
      ),
      type: act<z.infer<typeof typeArgs>>(
        'Types text into the window that has the focus.',
        typeArgs,
        [
          'type {text:hello} on the desktop',
          'write {text:hello} into that window',
          'enter {text:hello} on the computer',
        ],
        ({ text }) => `Types ${JSON.stringify(text)} into the window in front.`,
        ({ text }) => ['type', '--delay', '5', '--', text],
        'Typed.',
      ),
      key: act<z.infer<typeof keyArgs>>(
        'Presses keys together: ctrl+s, alt+F4, Return.',
        keyArgs,
        [
          'press {combo:enter=Return} on the desktop',
          'press control s{combo=ctrl+s}',
          'hit {combo:escape=Escape} on the keyboard',
        ],
        ({ combo }) => `Presses ${combo}.`,
        ({ combo }) => ['key', '--', combo],
        'Pressed.',
      ),
    },
  };
};
