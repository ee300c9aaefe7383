import { SAMPLE_RATE } from '@twin/pipecat-app/voice/pcm.js';
import { quantile } from './quantiles.js';
import type { Heard } from './vad-run.js';

/** Where somebody speaks, in samples. */
export type Span = { start: number; end: number };

export type Score = { spans: number; found: number; delaysMs: number[]; segments: number };

const MS = 1000 / SAMPLE_RATE;
/** A detection this much before the first audible sample still belongs to it. */
const EARLY = 0.1 * SAMPLE_RATE;

/**
 * Compares detections with the truth. Delay: first audible sample → end of the frame that decided. An utterance is found
 * when a segment overlaps it; one that began long before, in babble, counts as found without a delay.
 */
export function score(heard: Heard, spans: readonly Span[]): Score {
  const segments = segmentsOf(heard);
  const total: Score = { spans: spans.length, found: 0, delaysMs: [], segments: 0 };
  for (const { start, end } of spans) {
    const overlapping = segments.filter((segment) => segment.from < end && segment.to > start - EARLY);
    const first = overlapping[0];
    if (first === undefined) continue;
    total.found++;
    total.segments += overlapping.length;
    if (first.from >= start - EARLY) total.delaysMs.push((first.decidedAt - start) * MS);
  }
  return total;
}

type Segment = { from: number; to: number; decidedAt: number };

function segmentsOf(heard: Heard): Segment[] {
  const found: Segment[] = [];
  for (const { event, decidedAt } of heard) {
    const last = found.at(-1);
    if (event.type === 'speechStarted') found.push({ from: event.at, to: Number.POSITIVE_INFINITY, decidedAt });
    else if (last !== undefined) last.to = event.at;
  }
  return found;
}

export type Row = { delayP50: number; delayP95: number; missed: number; fragments: number };

/** `missed`: share of utterances; `fragments`: segments per utterance found. */
export function summary(scores: readonly Score[]): Row {
  const delays = scores.flatMap(({ delaysMs }) => delaysMs);
  const spans = scores.reduce((n, s) => n + s.spans, 0);
  const found = scores.reduce((n, s) => n + s.found, 0);
  return {
    delayP50: quantile(delays, 0.5),
    delayP95: quantile(delays, 0.95),
    missed: spans === 0 ? 0 : 1 - found / spans,
    fragments: found === 0 ? 0 : scores.reduce((n, s) => n + s.segments, 0) / found,
  };
}
