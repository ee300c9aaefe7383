import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { PNG } from 'pngjs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { approvesAll } from '../consent.fixture.js';
import { controlsOf } from '../controls.fixture.js';
import { ToolRegistry } from '../registry.js';
import { desktopControlTool } from './desktop-control.js';

let xvfb: ChildProcess;
let xev: ChildProcess;
let folder: string;
let registry: ToolRegistry;
const events: string[] = [];
const waiting = new Set<() => void>();

/** Resolves when the X client has printed something like this. */
const happened = (what: RegExp): Promise<void> =>
  new Promise((resolve) => {
    const look = (): void => {
      if (!what.test(events.join('\n'))) return;
      waiting.delete(look);
      resolve();
    };
    waiting.add(look);
    look();
  });

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'twin-desktop-'));
  // The server picks a free display and writes its number to descriptor 3.
  xvfb = spawn('Xvfb', ['-displayfd', '3', '-screen', '0', '800x600x24', '-nolisten', 'tcp'], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
  });
  const number = await new Promise<string>((resolve, reject) => {
    xvfb.once('error', reject).once('exit', () => reject(new Error('Xvfb ended')));
    xvfb.stdio[3]!.once('data', (data: Buffer) => resolve(data.toString().trim()));
  });
  const display = `:${number}`;
  registry = new ToolRegistry([desktopControlTool({ display, pictures: folder })], { consent: approvesAll });
  // A window of 400 by 300 that prints every event.
  xev = spawn('xev', ['-geometry', '400x300+0+0'], {
    env: { ...process.env, DISPLAY: display },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  createInterface({ input: xev.stdout! }).on('line', (line) => {
    events.push(line);
    for (const look of [...waiting]) look();
  });
  await happened(/MapNotify|Expose/);
});
afterAll(async () => {
  for (const child of [xev, xvfb]) {
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    await gone;
  }
  rmSync(folder, { recursive: true, force: true });
});

const call = (method: string, args: Record<string, unknown> = {}) =>
  registry.call(`desktop_control.${method}`, args, controlsOf('a'), new AbortController().signal);

test('the mouse moves, clicks, keys and text arrive in a real window', async () => {
  expect((await call('move', { x: 120, y: 80 })).output).toBe('Moved.');
  await happened(/(MotionNotify|EnterNotify)[\s\S]*root:\(120,80\)/);
  await call('click', { button: 'right' });
  await happened(/ButtonPress[\s\S]*button 3/);
  await call('key', { combo: 'ctrl+s' });
  await happened(/state 0x4, keycode \d+ \(keysym 0x73, s\)/);
  expect((await call('type', { text: 'h-Ä' })).output).toBe('Typed.');
  await happened(/keysym 0x68, h\)[\s\S]*keysym 0x2d, minus\)[\s\S]*keysym 0x(c4|e4), [Aa]diaeresis\)/);
});

test('its picture shows the window and the ground around it', async () => {
  const { output } = await call('screenshot');
  const name = /^Saved as (desktop-.*\.png)\.$/.exec(output)?.[1] ?? '';
  const picture = PNG.sync.read(readFileSync(join(folder, name)));
  const at = (x: number, y: number): number => picture.data[(y * picture.width + x) * 4] ?? -1;
  expect([picture.width, picture.height, at(300, 200), at(700, 500)]).toEqual([800, 600, 255, 0]);
});

test.each([
  ['move', { x: -1, y: 5 }],
  ['move', { x: 1.5, y: 5 }],
  ['click', { button: 'left; id' }],
  ['type', { text: 'a\u001bb' }],
  ['key', { combo: 'ctrl+s; id' }],
  ['key', { combo: '--window' }],
])('%s %j is refused', async (method, args) => {
  expect(await call(method, args)).toMatchObject({ ok: false, error: 'TWIN_TOOL_ARGS' });
});

test('text that looks like an option is typed', async () => {
  events.length = 0;
  expect((await call('type', { text: '--help' })).ok).toBe(true);
  await happened(/keysym 0x70, p\)/);
});

test('without a display or its programs it says how to get them', async () => {
  const tool = (display: string, path?: string) =>
    desktopControlTool({ display, pictures: folder, ...(path ? { path } : {}) });
  expect(tool('').unavailable?.()).toMatch(/DISPLAY=:0/);
  expect(tool(':0', folder).unavailable?.()).toMatch(/apt install xdotool scrot/);
  const absent = new ToolRegistry([tool(':9999')], { consent: approvesAll });
  const result = await absent.call('desktop_control.click', {}, controlsOf('a'), new AbortController().signal);
  expect(result).toMatchObject({ ok: false, error: 'TWIN_DESKTOP', output: expect.stringContaining(':9999') });
});
