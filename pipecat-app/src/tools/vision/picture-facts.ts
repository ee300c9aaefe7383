/** What can be told of a picture without knowing what it shows. */
export type Facts = {
  /** 0 black to 1 white. */
  brightness: number;
  /** Too dark to see anything. */
  dark: boolean;
  /** Names of colours that cover much of it, most first. */
  colours: string[];
};

/** A colour has to cover this share of the picture to be named. */
const SHARE = 0.15;
const MOST_COLOURS = 3;
/** Mean brightness below which nothing is seen. */
const DARK = 0.08;
/** Mean change of brightness of the parts of two pictures, 0 to 1, from which something has moved. */
const MOVED = 0.04;

/** @param rgb three bytes for each pixel */
export function factsOf(rgb: Uint8Array): Facts {
  const counts = new Map<string, number>();
  let light = 0;
  const pixels = Math.floor(rgb.length / 3);
  for (let at = 0; at + 2 < rgb.length; at += 3) {
    const [r, g, b] = [rgb[at] ?? 0, rgb[at + 1] ?? 0, rgb[at + 2] ?? 0];
    light += lumaOf(r, g, b);
    const name = colourOf(r, g, b);
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  const colours = [...counts]
    .filter(([, count]) => count >= SHARE * pixels)
    .sort(([, a], [, b]) => b - a)
    .slice(0, MOST_COLOURS)
    .map(([name]) => name);
  const brightness = pixels === 0 ? 0 : light / pixels;
  return { brightness, dark: brightness < DARK, colours };
}

/** Whether something moved between two pictures of one size; a change of the light alone is none. */
export function moved(before: Uint8Array, after: Uint8Array): boolean {
  if (before.length !== after.length || after.length === 0) return false;
  const change: number[] = [];
  for (let at = 0; at + 2 < after.length; at += 3)
    change.push(
      lumaOf(after[at] ?? 0, after[at + 1] ?? 0, after[at + 2] ?? 0) -
        lumaOf(before[at] ?? 0, before[at + 1] ?? 0, before[at + 2] ?? 0),
    );
  const lightChange = change.reduce((sum, one) => sum + one, 0) / change.length;
  return change.reduce((sum, one) => sum + Math.abs(one - lightChange), 0) / change.length > MOVED;
}

const lumaOf = (r: number, g: number, b: number): number => (0.299 * r + 0.587 * g + 0.114 * b) / 255;

function colourOf(r: number, g: number, b: number): string {
  const [most, least] = [Math.max(r, g, b), Math.min(r, g, b)];
  const light = (most + least) / 510;
  if (light < 0.12) return 'black';
  const range = most - least;
  // What little colour a very bright or dark part has is not seen.
  if (range < 30 + 30 * Math.abs(light - 0.5)) return light > 0.85 ? 'white' : 'grey';
  const sixth = most === r ? (g - b) / range : most === g ? 2 + (b - r) / range : 4 + (r - g) / range;
  const hue = (sixth * 60 + 360) % 360;
  if (hue < 45 && light < 0.45 && hue >= 12) return 'brown';
  const names: readonly [number, string][] = [
    [15, 'red'],
    [45, 'orange'],
    [70, 'yellow'],
    [165, 'green'],
    [255, 'blue'],
    [290, 'violet'],
    [335, 'pink'],
    [361, 'red'],
  ];
  return names.find(([end]) => hue < end)?.[1] ?? 'red';
}

const inRow = (words: readonly string[]): string =>
  words.length < 2 ? (words[0] ?? '') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;

/** `The picture is bright, mostly blue and white.` */
export function inWords({ brightness, dark, colours }: Facts): string {
  if (dark) return 'The picture is dark: the camera may be covered, or the light off.';
  const light = brightness < 0.3 ? 'dim' : brightness < 0.75 ? 'well lit' : 'very bright';
  return `The picture is ${light}${colours.length > 0 ? `, mostly ${inRow(colours)}` : ''}.`;
}
