import { expect, test } from 'vitest';
import { factsOf, inWords, moved } from './picture-facts.js';

const pixels = (...colours: [number, number, number][]): Uint8Array => new Uint8Array(colours.flat());
const grey = pixels([90, 90, 90], [90, 90, 90], [90, 90, 90], [90, 90, 90]);

test.each([
  [[0, 0, 0], 'black'],
  [[255, 255, 255], 'white'],
  [[128, 128, 128], 'grey'],
  [[200, 20, 20], 'red'],
  [[120, 70, 20], 'brown'],
  [[255, 140, 0], 'orange'],
  [[240, 230, 20], 'yellow'],
  [[20, 160, 40], 'green'],
  [[20, 60, 220], 'blue'],
  [[140, 40, 220], 'violet'],
  [[255, 105, 180], 'pink'],
] as [[number, number, number], string][])('the colour %j is called %s', (colour, name) => {
  expect(factsOf(pixels(colour)).colours).toEqual([name]);
});

test('colours that cover much of a picture are named, most first', () => {
  const facts = factsOf(
    pixels([255, 255, 255], [255, 255, 255], [255, 255, 255], [20, 60, 220], [20, 60, 220], [200, 20, 20]),
  );
  expect(inWords(facts)).toBe('The picture is well lit, mostly white, blue and red.');
  expect(inWords(factsOf(new Uint8Array()))).toMatch(/dark/);
});

test('what moves is noticed; more light on everything, another size and noise are no movement', () => {
  const moving = pixels([90, 90, 90], [200, 200, 200], [90, 90, 90], [90, 90, 90]);
  expect(moved(grey, moving)).toBe(true);
  expect(
    moved(
      grey,
      grey.map((one) => one + 60),
    ),
  ).toBe(false);
  expect(
    moved(
      grey,
      grey.map((one, i) => one + (i % 3)),
    ),
  ).toBe(false);
  expect(moved(grey, new Uint8Array(3))).toBe(false);
});
