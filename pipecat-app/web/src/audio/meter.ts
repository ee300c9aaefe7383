import { barLevel } from './rate.js';

/** Draws a level on elements as the CSS property `--level` (0 to 1), past the renderer: it changes 50 times a second. */
export class Meter {
  readonly #elements = new Set<HTMLElement | SVGElement>();
  #shown = 0;

  /** Returns the detach. */
  attach(element: HTMLElement | SVGElement): () => void {
    this.#elements.add(element);
    element.style.setProperty('--level', '0');
    return () => this.#elements.delete(element);
  }

  /** `rms` of a piece of audio. Falls slower than it rises, so that the eye can follow. */
  hear(rms: number): void {
    this.show(Math.max(barLevel(rms), this.#shown * 0.8));
  }

  /** `level` from 0 to 1, as it is. */
  show(level: number): void {
    const next = level < 0.01 ? 0 : level;
    if (next === this.#shown) return;
    this.#shown = next;
    for (const element of this.#elements) element.style.setProperty('--level', next.toFixed(2));
  }
}
