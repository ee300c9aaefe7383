import { expect, test } from 'vitest';
import { LiveLog } from './live-log.js';
import { parseMac } from './mac.js';

test('keeps the newest lines of a machine, and no more machines than fit', () => {
  const log = new LiveLog();
  const mac = parseMac('52:54:00:00:00:01');
  for (let at = 0; at < 100; at++) log.add(mac, `line ${at}`, at);
  expect(log.of(mac)).toHaveLength(60);
  expect(log.of(mac).at(-1)).toEqual({ at: 99, line: 'line 99' });
  for (let at = 0; at < 600; at++)
    log.add(
      parseMac(`02:00:00:00:${(at >> 8).toString(16).padStart(2, '0')}:${(at & 255).toString(16).padStart(2, '0')}`),
      'x',
      at,
    );
  expect(log.of(mac)).toEqual([]);
});
