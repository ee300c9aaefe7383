/**
 * `npm run bench:voice`: the real agent with its real engines, spoken to over the WebSocket. `docs/decisions/bench.md`
 * defines each figure. `--only NAME,NAME` runs some of them, `--quick` fewer repeats.
 */
import { parseArgs } from 'node:util';
import { type Figure, finish } from './report.js';
import type { Scenario } from './scenario.js';
import { startReal, startScripted } from './servers.js';
import { bargeIn } from './voice-barge-in.js';
import { browser } from './voice-browser.js';
import { coughs } from './voice-coughs.js';
import { echo } from './voice-echo.js';
import { idle, load } from './voice-load.js';
import { stops } from './voice-stops.js';
import { turns } from './voice-turns.js';

const SCENARIOS: Record<string, Scenario> = { idle, turns, load, stops, coughs, echo, bargeIn, browser };

const { values: options } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    /** Checks the bench itself: the same scenarios on scripted engines, whose figures mean nothing. */
    scripted: { type: 'boolean', default: false },
    only: { type: 'string', default: Object.keys(SCENARIOS).join(',') },
    file: { type: 'string', default: 'out/bench-voice.json' },
  },
});
const { quick, json, only, file, scripted } = options;
const say = (line: string): void => void (json || console.log(line));

const server = await (scripted ? startScripted : startReal)({ env: { TWIN_LOG_LEVEL: 'error' }, patienceMs: 120_000 });
try {
  const figures: Figure[] = [];
  for (const name of only.split(',')) {
    const scenario = SCENARIOS[name];
    if (!scenario) throw new Error(`There is no scenario "${name}"; there are ${Object.keys(SCENARIOS).join(', ')}.`);
    say(`\n== ${name}`);
    const signal = AbortSignal.timeout(30 * 60_000);
    const failed = (error: Error): Figure[] => [{ name, value: `failed: ${error.message}`, goal: '', met: false }];
    figures.push(...(await scenario({ server, quick, signal, say }).catch(failed)));
  }
  say('');
  await finish('voice', figures, { quick, json, file });
} finally {
  await server.stop();
}
