import type { Candidate, Seat } from './plan-candidates.js';
import { roomOf, workerTimes } from './plan-candidates.js';
import { pieceMb, usableMb, wholeMb } from './plan-memory.js';
import { type PlanFile, type PlanModel, type PlanNode, quantText } from './plan-types.js';

/** Below this an answer cannot keep up with the voice that reads it out, tokens per second. */
const SPEECH_TOKENS_PER_SECOND = 3.3;

/** `5.2 GB` of so many MiB. */
const gb = (mib: number): string => `${((mib * 2 ** 20) / 1e9).toFixed(1)} GB`;
/** Two digits that matter: `0.31`, `4.2`, `27`. */
export const rateText = (perSecond: number): string =>
  perSecond >= 10 ? perSecond.toFixed(0) : perSecond >= 1 ? perSecond.toFixed(1) : perSecond.toFixed(2);

/** Why no expert can run on this node; undefined when one can. */
export function whyUnusable(node: PlanNode): string | undefined {
  if (node.cpu === undefined) return 'its CPU is older than a Core 2 (SSSE3 is needed)';
  if (usableMb(node) === 0) {
    return `the system${node.agent ? ' and the agent' : ''} need all of its ${gb(node.ramMb)}`;
  }
  return undefined;
}

/** Why this node, and why this file. `fits` are all ways on one node. */
export function whySingle(chosen: Candidate, fits: readonly Candidate[], seats: readonly Seat[]): string[] {
  const node = chosen.shares[0]?.node ?? '';
  const fitting = new Set(fits.map(({ shares }) => shares[0]?.node)).size;
  const seat = seats.find((one) => one.node.name === node) as Seat;
  const others = seats.length > 1 ? ` of ${seats.length} nodes` : '';
  const first =
    fitting > 1
      ? `It fits on ${fitting}${others}; ${node} is the fastest.`
      : `It fits${seats.length > 1 ? ' only' : ''} on ${node}.`;
  const shared =
    seat.experts > 0 ? [`${node} already has ${seat.experts} expert(s); speeds are for all of them busy.`] : [];
  const here = fits.filter(({ shares }) => shares[0]?.node === node);
  return [first, ...shared, ...whyFile(chosen, here, seat), ...whatNext(chosen)];
}

function whyFile(chosen: Candidate, here: readonly Candidate[], { node }: Seat): string[] {
  const better = here
    .filter(({ file }) => file.loss < chosen.file.loss)
    .sort((a, b) => a.file.loss - b.file.loss || a.turn - b.turn)[0];
  const faster = here.filter(({ turn }) => turn < chosen.turn).sort((a, b) => a.turn - b.turn)[0];
  const name = quantText(chosen.file);
  if (better) {
    const kernel =
      node.cpu === 'core2' && chosen.file.quant === 'q4_0' ? `on ${node.cpu} only q4_0 has a SIMD kernel; ` : '';
    const speeds = `${rateText(1 / better.prompt)} prompt and ${rateText(1 / better.answer)} answer tokens/s`;
    return [`${name}: ${kernel}${quantText(better.file)} would give ${speeds}.`];
  }
  if (faster) return [`${name}: it loses less than ${quantText(faster.file)} and is fast enough here.`];
  return [];
}

function whatNext({ file, answer }: Candidate): string[] {
  const slow = `Slower than speech (${SPEECH_TOKENS_PER_SECOND} tokens/s): for answers that may take their time.`;
  return [...(1 / answer < SPEECH_TOKENS_PER_SECOND ? [slow] : []), ...(file.make ? [`Make it: ${file.make}`] : [])];
}

/** Why it is split, and why the nodes that are left out are. */
export function whySplit(model: PlanModel, chosen: Candidate, seats: readonly Seat[], contextTokens: number): string[] {
  const used = new Map(chosen.shares.map((share) => [share.node, share]));
  const [head] = chosen.shares;
  const headSeat = seats.find(({ node }) => node.name === head?.node) as Seat;
  const slowest = Math.max(
    ...seats
      .filter(({ node }) => (used.get(node.name)?.layers ?? 0) > 0)
      .map((seat) => workerTimes(seat, headSeat, model, chosen.file).layer.answer),
  );
  const piece = pieceMb(chosen.file, model.shape, contextTokens);
  const leftOut = seats
    .filter(({ node }) => !used.has(node.name))
    .map((seat) => {
      if (roomOf(seat, false, piece) === 0) return `${seat.node.name} is left out: no layer fits into its memory.`;
      const { layer, hop } = workerTimes(seat, headSeat, model, chosen.file);
      const added = (layer.answer + hop.answer - slowest) * 1000;
      return added > 0
        ? `${seat.node.name} is left out: one layer on it would add ${added.toFixed(1)} ms to each token.`
        : `${seat.node.name} is not needed.`;
    });
  return [
    `It fits on no single node: ${needs(smallest(model, contextTokens), seats)}.`,
    `Split over ${chosen.shares.length} nodes, head ${head?.node}: that adds memory, not speed, and it stops when any of them stops.`,
    ...leftOut,
    ...whatNext(chosen),
  ];
}

const smallest = ({ files, shape }: PlanModel, contextTokens: number): { file: PlanFile; mb: number } =>
  files
    .map((file) => ({ file, mb: wholeMb(file, shape, contextTokens) }))
    .reduce((least, one) => (one.mb < least.mb ? one : least));

const needs = ({ file, mb }: { file: PlanFile; mb: number }, seats: readonly Seat[]): string =>
  `${quantText(file)} needs ${gb(mb)}, the most that is free is ${gb(Math.max(...seats.map(({ freeMb }) => freeMb)))}`;

/** Why there is no place for it. */
export function whyNowhere(model: PlanModel, seats: readonly Seat[], contextTokens: number): string[] {
  if (model.files.length === 0) return ['There is no file of it that llama.cpp could run here.'];
  if (seats.length === 0) return ['No node can run an expert.'];
  const least = smallest(model, contextTokens);
  if (seats.length === 1) return [`It does not fit: ${needs(least, seats)}.`];
  const all = seats.reduce((sum, { freeMb }) => sum + freeMb, 0);
  return [
    `It fits on no single node: ${needs(least, seats)}.`,
    `It cannot be split either: all ${seats.length} nodes together have ${gb(all)} free, and each piece needs room of its own.`,
  ];
}

/** Why a place that was found is refused. */
export function whyTooSlow(best: Candidate, leastTokensPerSecond: number): string[] {
  const where = best.shares.map(({ node }) => node).join(' + ');
  const rate = 1 / best.answer;
  return [
    `The best place (${where}, ${quantText(best.file)}) would answer with ${rateText(rate)} tokens/s; a sentence of 20 tokens would take ${Math.round(20 / rate)} s.`,
    `Less than ${leastTokensPerSecond} tokens/s is of no use: take a smaller model.`,
  ];
}
