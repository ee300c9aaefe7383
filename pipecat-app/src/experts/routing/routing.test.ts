import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Classifier } from './classifier.js';
import { featuresOf } from './features.js';
import { likeness, readLabelled, split } from './labelled.js';
import { train } from './train.js';
import { wantedFor } from './wanted.js';

const path = (file: string): string => fileURLToPath(new URL(file, import.meta.url));
const all = readLabelled(path('./labelled'));
const shipped = Classifier.read(path('../../../../prompts/routing.json'));
const sets = split(all);
const accuracy = (classifier: Classifier, on: typeof all): number =>
  on.filter(({ text, persona }) => classifier.classify(text)[0]?.persona === persona).length / on.length;

describe('the labelled sentences', () => {
  test('are many, of six personas, and none is there twice', () => {
    expect(all.length).toBeGreaterThanOrEqual(500);
    expect(new Set(all.map(({ persona }) => persona)).size).toBe(6);
    expect(new Set(all.map(({ text }) => text.toLowerCase())).size).toBe(all.length);
  });

  test('are split the same way each time, and no held-out one is nearly learned', () => {
    expect(split(all)).toEqual(sets);
    const near = sets.heldOut.filter((one) => sets.train.some((other) => likeness(one.text, other.text) > 0.6));
    expect(near).toEqual([]);
    expect(sets.heldOut.length).toBeGreaterThan(200);
  });
});

describe('the shipped classifier', () => {
  test('is what training makes of the sentences to learn from', () => {
    const made = new Classifier(train(sets.train));
    for (const { text } of sets.heldOut) expect(made.classify(text)).toEqual(shipped.classify(text));
  });

  test('knows at least nine of ten sentences that it never saw', () => {
    expect(accuracy(shipped, sets.heldOut)).toBeGreaterThanOrEqual(0.9);
  });

  test('whatever is said, its confidences make 1, the best first, and the same again', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 200 }), (text) => {
        const guesses = shipped.classify(text);
        const sum = guesses.reduce((total, { confidence }) => total + confidence, 0);
        expect(sum).toBeCloseTo(1, 9);
        expect(guesses.map((guess) => guess.confidence)).toEqual(
          guesses.map((guess) => guess.confidence).sort((a, b) => b - a),
        );
        expect(shipped.classify(text)).toEqual(guesses);
        expect(featuresOf(text).every((place) => place >= 0 && place < 8192)).toBe(true);
      }),
    );
  });

  test('a file that cannot be read is said in words', () => {
    expect(() => Classifier.read('/nowhere/routing.json')).toThrow(/only rules choose experts/);
  });
});

describe('who is wanted', () => {
  const experts = ['coding', 'home', 'legal-advice', 'main', 'math'];
  const want = (text: string, there = experts) => wantedFor(text, there, (said) => shipped.classify(said));

  test.each([
    ['Ask the coding expert how to cook rice.', 'coding'],
    ['Could the legal advice expert look at this?', 'legal-advice'],
    ['ask math what seven times eight is', 'math'],
  ])('%s: the one that is named', (text, expert) => {
    expect(want(text)).toEqual({ expert, confidence: 1, named: true });
  });

  test.each([
    ['Why does my Python function throw an exception?', 'coding'],
    ['Turn on the lights in the bathroom.', 'home'],
    ['What is twelve percent of 340?', 'math'],
    ['Write a poem about a frog.', 'main'],
    ['I feel lonely today.', 'main'],
    ['Use the home of the brave as an example.', 'main'],
  ])('%s: the one whose field it is, when it is there', (text, expert) => {
    expect(want(text)).toMatchObject({ expert, named: false });
  });

  test('with nobody else it is main', () => {
    expect(want('Why does my Python function throw?', ['main'])).toEqual({
      expert: 'main',
      confidence: 1,
      named: false,
    });
    expect(want('Why does my Python function throw?', [])).toMatchObject({ expert: 'main' });
  });
});
