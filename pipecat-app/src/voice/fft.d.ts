declare module 'fft.js' {
  /** Radix-4 FFT over plain arrays; complex numbers are interleaved. */
  // biome-ignore lint/style/noDefaultExport: the package exports it so
  export default class FFT {
    constructor(size: number);
    createComplexArray(): number[];
    /** Fills the first half of `out` with the spectrum of `data`. */
    realTransform(out: number[], data: number[]): void;
  }
}
