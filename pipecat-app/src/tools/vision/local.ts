import type { Describer } from './describe.js';
import { facesIn } from './faces.js';
import { pixelsOf } from './frame.js';
import { factsOf, inWords, moved } from './picture-facts.js';

const [WIDTH, HEIGHT] = [64, 48];
const NUMBERS = [
  'no',
  'one',
  'two',
  'three',
  'four',
  'five',
  'six',
  'seven',
  'eight',
  'nine',
  'ten',
  'eleven',
  'twelve',
];

/**
 * What this machine can tell of a picture by itself: how many faces there are, how bright it is, its colours, and whether
 * something moved since the last look. It says that it is no more.
 */
export function localDescriber(path?: string): Pick<Describer, 'describe'> {
  let last: Uint8Array | undefined;
  return {
    describe: async (jpeg, _question, signal) => {
      const pixels = await pixelsOf(jpeg, WIDTH, HEIGHT, signal, path);
      const facts = factsOf(pixels);
      const seen = facts.dark ? undefined : await facesIn(jpeg, signal, path === undefined ? {} : { path });
      const changed = last && (moved(last, pixels) ? 'Something has' : 'Nothing has');
      last = pixels;
      return [
        ...(seen === undefined ? [] : [`I see ${NUMBERS[seen] ?? seen} ${seen === 1 ? 'face' : 'faces'}.`]),
        inWords(facts),
        ...(changed ? [`${changed} changed since my last look.`] : []),
        'No expert that understands pictures is there, so I cannot tell more.',
      ].join(' ');
    },
  };
}
