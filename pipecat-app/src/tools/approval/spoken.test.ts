import { expect, test } from 'vitest';
import { spokenAnswer } from './spoken.js';

test.each(['yes', 'Yes, do it.', 'Okay, go ahead please', 'Yes please!', 'sure', 'That’s fine', 'do it now'])(
  '"%s" is a yes',
  (text) => expect(spokenAnswer(text)).toBe('yes'),
);
test.each(['no', 'No, thank you.', "don't do it", 'Cancel that, please', 'never mind', 'no no no'])(
  '"%s" is a no',
  (text) => expect(spokenAnswer(text)).toBe('no'),
);
test.each([
  '',
  'yesterday was fine',
  'yes but not on attic',
  'what time is it',
  'yes no',
  'do it on the other node',
  'no idea yes',
])('"%s" is no answer', (text) => expect(spokenAnswer(text)).toBe('other'));
