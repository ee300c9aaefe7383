import { describe, expect, it } from 'vitest';
import { audioContext, FULL_CONTEXT } from './audio-context.js';

const SECOND = 16_000;
const WINDOW_S = 30;

describe('the part of the window that is computed', () => {
  it('is longer than the audio', () => {
    for (let s = 0.1; s <= WINDOW_S; s += 0.1) {
      const context = audioContext(s * SECOND);
      expect(context === FULL_CONTEXT ? WINDOW_S : context / 50).toBeGreaterThanOrEqual(s - 1e-9);
    }
  });

  it('is a multiple of 256, so that nothing of earlier audio is attended to', () => {
    for (let s = 0; s <= WINDOW_S; s++) expect(audioContext(s * SECOND) % 256).toBe(0);
  });

  it('is a third of the window for a command', () => {
    expect(audioContext(2 * SECOND)).toBe(512);
  });

  it('is the whole window for the longest audio', () => {
    expect(audioContext(30 * SECOND)).toBe(FULL_CONTEXT);
  });
});
