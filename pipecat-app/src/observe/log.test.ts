import { expect, it } from 'vitest';
import { createLog } from './log.js';

const lines = (use: (log: ReturnType<typeof createLog>) => void): string => {
  const written: string[] = [];
  use(createLog('info', { write: (line) => void written.push(line) }));
  return written.join('');
};

it('writes one JSON line with the time', () => {
  const line = JSON.parse(lines((log) => log.info({ port: 8000 }, 'listening')));
  expect(line).toMatchObject({ msg: 'listening', port: 8000 });
  expect(Number.isNaN(Date.parse(line.time))).toBe(false);
});

it('holds neither secrets nor speech, at the top or inside an object', () => {
  const text = lines((log) => {
    log.info({ key: 'S3CRET', transcript: 'S3CRET' }, 'top');
    log.info(
      { turn: { answer: 'S3CRET', args: { city: 'S3CRET' } }, req: { headers: { 'x-api-key': 'S3CRET' } } },
      'inside',
    );
    log.child({ part: 'stt' }).info({ authorization: 'S3CRET' }, 'child');
  });
  expect(text).toContain('inside');
  expect(text).not.toContain('S3CRET');
});
