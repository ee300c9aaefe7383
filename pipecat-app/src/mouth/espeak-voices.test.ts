import { expect, it } from 'vitest';
import { parseEspeakVoices, readEspeakVoices } from './espeak-voices.js';

const VOICES = `Pty Language       Age/Gender VoiceName          File                 Other Languages
 5  af              --/M      Afrikaans          gmw/af               
 2  en-gb           --/M      English_(Great_Britain) gmw/en               (en 2)
 5  en-us           --/M      us-mbrola-2        mb/mb-us2            (en 7)
 2  en-us           --/M      English_(America)  gmw/en-US            (en 3)
 5  variant         --/M      Storm              !v/Storm             (en-us 5)
`;
const VARIANTS = `Pty Language       Age/Gender VoiceName          File                 Other Languages
 5  variant         --/M      Adam               !v/adam              
 5  variant         --/M      male3              !v/m3                
 5  variant         --/F      female3            !v/f3                
`;

it('offers English first, with the numbered variants, and calls each voice by its file', () => {
  expect([...parseEspeakVoices(VOICES, VARIANTS)]).toEqual([
    ['en-gb', 'gmw/en'],
    ['en-gb+f3', 'gmw/en+f3'],
    ['en-gb+m3', 'gmw/en+m3'],
    ['en-us', 'gmw/en-US'],
    ['en-us+f3', 'gmw/en-US+f3'],
    ['en-us+m3', 'gmw/en-US+m3'],
    ['af', 'gmw/af'],
  ]);
});

it('is empty for a program that is not there', () => {
  expect(readEspeakVoices('/nowhere/espeak-ng').size).toBe(0);
});
