import { partsOf, type Shape } from './plan-physics.js';
import type { PlanFile, PlanNode } from './plan-types.js';

const MIB = 2 ** 20;
/** The system, Consul, Nomad, the power agent and some page cache: an eighth of the memory, but at least this, MiB. */
const SYSTEM_MIB = 768;
/** The agent with its ear, voice and fallback language model, MiB. */
const AGENT_MIB = 1024;
/** What llama.cpp needs beside weights and context, MiB: on a head, and on a worker. */
const HEAD_BUFFER_MIB = 192;
const WORKER_BUFFER_MIB = 128;

/** Memory of a node that experts may use, MiB; never negative. */
export function usableMb({ ramMb, agent }: PlanNode): number {
  return Math.max(0, Math.floor(ramMb - Math.max(SYSTEM_MIB, ramMb / 8) - (agent ? AGENT_MIB : 0)));
}

/** Memory of a whole expert on one node, MiB. */
export function wholeMb(file: PlanFile, { kvTokenBytes }: Shape, contextTokens: number): number {
  const estimate = (file.bytes + kvTokenBytes * contextTokens) / MIB + HEAD_BUFFER_MIB;
  return Math.ceil(Math.max(file.ramMb, estimate));
}

/** What the pieces of an expert need, MiB: a layer with its context, and what a head or a worker needs besides. */
export type Piece = { layer: number; head: number; worker: number };

/** The pieces of a file; a head with all layers needs what the whole expert needs. */
export function pieceMb(file: PlanFile, shape: Shape, contextTokens: number): Piece {
  const { layerBytes, headBytes } = partsOf(shape, file);
  const contextBytes = shape.kvTokenBytes * contextTokens;
  const buffer = Math.max(HEAD_BUFFER_MIB, file.ramMb - (file.bytes + contextBytes) / MIB);
  return {
    layer: (layerBytes + contextBytes / shape.layers) / MIB,
    head: headBytes / MIB + buffer,
    worker: WORKER_BUFFER_MIB,
  };
}
