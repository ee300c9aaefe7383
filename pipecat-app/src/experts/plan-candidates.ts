import { type Piece, pieceMb, wholeMb } from './plan-memory.js';
import { type Engine, hopTime, type LayerTime, type Link, layerTime, outputTime, partsOf } from './plan-physics.js';
import { cheapestSplit } from './plan-split.js';
import type { PlanFile, PlanModel, PlanNode, Share } from './plan-types.js';

/** A usable node while a plan is made: what is still free, and how many experts already share it. */
export type Seat = { node: PlanNode & { cpu: NonNullable<PlanNode['cpu']> }; freeMb: number; experts: number };

/** One way to run a model. `turn`: seconds of a turn in conversation; lower is better. */
export type Candidate = {
  file: PlanFile;
  shares: readonly Share[];
  /** Seconds per token. */
  answer: number;
  prompt: number;
  turn: number;
};

/** A turn in conversation, tokens: what is new in the prompt (the persona is kept warm), and the answer. */
const TURN = { prompt: 100, answer: 50 };
/** llama.cpp's own limit of machines per model (GGML_RPC_MAX_SERVERS), the head included. */
const MOST_NODES = 16;

const turnOf = ({ answer, prompt }: LayerTime): number => TURN.answer * answer + TURN.prompt * prompt;

/** The agent's node keeps a core for the agent. */
const threadsOf = ({ cores, agent }: PlanNode): number => (agent ? Math.max(1, cores - 1) : cores);

/** What a seat offers when every expert on it is busy at once. */
function engineOf({ node, experts }: Seat): Engine {
  const { cpu, bandwidthGbs, coreSpeed } = node;
  const busy = experts + 1;
  return {
    cpu,
    threads: threadsOf(node) / busy,
    bandwidth: (bandwidthGbs * 1e9) / busy,
    ...(coreSpeed !== undefined && { coreSpeed }),
  };
}

const linkOf = ({ linkMbps, roundTripMs }: PlanNode): Link => ({
  bytesPerSecond: (linkMbps * 1e6) / 8,
  roundTrip: roundTripMs / 1000,
});

/** Every way to run the model on one node. */
export function singles(model: PlanModel, seats: readonly Seat[], contextTokens: number): Candidate[] {
  const { shape } = model;
  return model.files.flatMap((file) => {
    const memoryMb = wholeMb(file, shape, contextTokens);
    return seats
      .filter(({ freeMb }) => freeMb >= memoryMb)
      .map((seat) => {
        const engine = engineOf(seat);
        const layer = layerTime(engine, shape, { ...file, ...partsOf(shape, file) });
        const time = {
          answer: layer.answer * shape.layers + outputTime(engine, shape, file),
          prompt: layer.prompt * shape.layers,
        };
        const { node } = seat;
        const shares = [{ node: node.name, layers: shape.layers, threads: threadsOf(node), memoryMb }];
        return { file, shares, ...time, turn: turnOf(time) };
      });
  });
}

/** For each file the fastest way to run the model on several nodes; files whose layers do not fit together are missing. */
export function splits(model: PlanModel, seats: readonly Seat[], contextTokens: number): Candidate[] {
  return model.files.flatMap((file) => {
    let best: Candidate | undefined;
    for (const head of seats) {
      const found = splitFrom(head, model, file, seats, contextTokens);
      if (found && (!best || found.turn < best.turn)) best = found;
    }
    return best ?? [];
  });
}

/** Layers that a seat's memory holds, as head or as worker. */
export function roomOf(seat: Seat, isHead: boolean, piece: Piece): number {
  return Math.max(0, Math.floor((seat.freeMb - (isHead ? piece.head : piece.worker)) / piece.layer));
}

/** What one layer on a worker costs per token, and what using it at all costs, both in seconds. */
export function workerTimes(seat: Seat, head: Seat, { shape }: PlanModel, file: PlanFile) {
  const layer = layerTime(engineOf(seat), shape, { ...file, ...partsOf(shape, file) });
  const none = { answer: 0, prompt: 0 };
  return { layer, hop: seat === head ? none : hopTime(linkOf(head.node), linkOf(seat.node), shape) };
}

function splitFrom(
  head: Seat,
  model: PlanModel,
  file: PlanFile,
  seats: readonly Seat[],
  contextTokens: number,
): Candidate | undefined {
  const { shape } = model;
  const piece = pieceMb(file, shape, contextTokens);
  if (head.freeMb < piece.head) return undefined;
  const order = [head, ...seats.filter((seat) => seat !== head)];
  const times = new Map(order.map((seat) => [seat.node.name, workerTimes(seat, head, model, file)]));
  const workers = order.map((seat) => {
    const { layer, hop } = times.get(seat.node.name) as ReturnType<typeof workerTimes>;
    const room = roomOf(seat, seat === head, piece);
    return { name: seat.node.name, room, layerCost: turnOf(layer), hopCost: turnOf(hop) };
  });
  const split = cheapestSplit(shape.layers, workers);
  if (!split) return undefined;
  const layersOf = new Map(split.shares.map(({ name, layers }) => [name, layers]));
  const used = order.filter((seat) => seat === head || layersOf.has(seat.node.name));
  if (used.length > MOST_NODES) return undefined;
  const time = { answer: outputTime(engineOf(head), shape, file), prompt: 0 };
  const shares = used.map((seat) => {
    const { name } = seat.node;
    const layers = layersOf.get(name) ?? 0;
    const { layer, hop } = times.get(name) as ReturnType<typeof workerTimes>;
    time.answer += layers * layer.answer + hop.answer;
    time.prompt += layers * layer.prompt + hop.prompt;
    const memoryMb = Math.ceil(layers * piece.layer + (seat === head ? piece.head : piece.worker));
    return { node: name, layers, threads: threadsOf(seat.node), memoryMb };
  });
  return { file, shares, ...time, turn: turnOf(time) };
}
