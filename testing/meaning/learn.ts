import { seeded } from '@twin/pipecat-app/experts/routing/seeded.js';
import { type MeaningFile, type Net, scaled } from '@twin/pipecat-app/mind/meaning/meaning-file.js';

/** One case: features in order, and whether it is right. */
export type Case = { x: readonly number[]; right: boolean };

const HIDDEN = 12;
const NETS = 4;
const ROUNDS = 40;
const BATCH = 64;
const DECAY = 0.001;
const RATE = 0.01;

/** Learns nets of one hidden layer by Adam, the same every time. */
export function learn(cases: readonly Case[]): Pick<MeaningFile, 'scale' | 'nets'> {
  const scale = scaleOf(cases);
  const rows = cases.map(({ x, right }) => ({ x: scaled(x, scale), y: Number(right) }));
  return { scale, nets: Array.from({ length: NETS }, (_, k) => netOf(rows, k + 1)) };
}

function scaleOf(cases: readonly Case[]): [number, number][] {
  return (cases[0]?.x ?? []).map((_, k) => {
    const column = cases.map(({ x }) => x[k] ?? 0);
    const mean = column.reduce((a, b) => a + b, 0) / column.length;
    const spread = Math.sqrt(column.reduce((sum, value) => sum + (value - mean) ** 2, 0) / column.length);
    return [rounded(mean), rounded(spread) || 1];
  });
}

function netOf(rows: readonly { x: readonly number[]; y: number }[], seed: number): Net {
  const random = seeded(seed);
  const width = (rows[0]?.x.length ?? 0) + 1;
  const out = HIDDEN * width;
  const size = out + HIDDEN + 1;
  const weights = Float64Array.from({ length: size }, (_, i) => (i < size - 1 ? (random() - 0.5) * 0.6 : 0));
  const [first, second, gradient] = [new Float64Array(size), new Float64Array(size), new Float64Array(size)];
  const at = (i: number): number => weights[i] as number;
  const add = (i: number, value: number): void => {
    gradient[i] = (gradient[i] as number) + value;
  };
  const hidden = new Float64Array(HIDDEN);
  const one = ({ x, y }: { x: readonly number[]; y: number }, share: number): void => {
    let sum = at(size - 1);
    for (let k = 0; k < HIDDEN; k++) {
      let its = at(k * width + width - 1);
      for (let d = 0; d < width - 1; d++) its += (x[d] as number) * at(k * width + d);
      hidden[k] = Math.tanh(its);
      sum += at(out + k) * (hidden[k] as number);
    }
    const off = (1 / (1 + Math.exp(-sum)) - y) * share;
    add(size - 1, off);
    for (let k = 0; k < HIDDEN; k++) {
      const level = hidden[k] as number;
      add(out + k, off * level);
      const back = off * at(out + k) * (1 - level * level);
      add(k * width + width - 1, back);
      for (let d = 0; d < width - 1; d++) add(k * width + d, back * (x[d] as number));
    }
  };
  let step = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const order = rows.map((row) => ({ row, key: random() })).sort((a, b) => a.key - b.key);
    const rate = RATE * (1 - round / ROUNDS) + RATE / 100;
    for (let from = 0; from < order.length; from += BATCH) {
      const batch = order.slice(from, from + BATCH);
      gradient.fill(0);
      for (const { row } of batch) one(row, 1 / batch.length);
      step++;
      for (let i = 0; i < size; i++) {
        const slope = (gradient[i] as number) + DECAY * at(i);
        first[i] = 0.9 * (first[i] as number) + 0.1 * slope;
        second[i] = 0.999 * (second[i] as number) + 0.001 * slope * slope;
        const mean = (first[i] as number) / (1 - 0.9 ** step);
        weights[i] = at(i) - (rate * mean) / (Math.sqrt((second[i] as number) / (1 - 0.999 ** step)) + 1e-8);
      }
    }
  }
  const slice = (from: number, to: number): number[] => [...weights.slice(from, to)].map(rounded);
  return {
    hidden: Array.from({ length: HIDDEN }, (_, k) => slice(k * width, (k + 1) * width)),
    out: slice(out, size),
  };
}

const rounded = (value: number): number => Math.round(value * 1000) / 1000;
