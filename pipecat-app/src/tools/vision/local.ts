import type { Describer } from './describe.js';
import { pixelsOf } from './frame.js';
import { factsOf, inWords, moved } from './picture-facts.js';

const [WIDTH, HEIGHT] = [64, 48];

/**
 * What this machine can tell of a picture by itself: how bright it is, its colours, and whether something moved since
 * the last look. It says that it is no more.
 */
export function localDescriber(path?: string): Pick<Describer, 'describe'> {
  let last: Uint8Array | undefined;
  return {
    describe: async (jpeg, _question, signal) => {
      const pixels = await pixelsOf(jpeg, WIDTH, HEIGHT, signal, path);
      const change =
        last === undefined
          ? []
          : [
              moved(last, pixels)
                ? 'Something has changed since my last look.'
                : 'Nothing has changed since my last look.',
            ];
      last = pixels;
      return [
        inWords(factsOf(pixels)),
        ...change,
        'No expert that understands pictures is there, so I cannot tell more.',
      ].join(' ');
    },
  };
}
