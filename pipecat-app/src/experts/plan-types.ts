import type { Quant } from '../models/catalogue.js';
import type { CpuClass } from '../models/cpu-class.js';
import type { Shape } from './plan-physics.js';

/** A machine of the cluster. */
export type PlanNode = {
  name: string;
  /** All its memory, MiB. */
  ramMb: number;
  /** Physical cores. */
  cores: number;
  /** Undefined when its CPU is older than any class that experts are built for. */
  cpu: CpuClass | undefined;
  /** Measured memory bandwidth, 10^9 bytes per second. */
  bandwidthGbs: number;
  /** Speed of its network, 10^6 bits per second. */
  linkMbps: number;
  /** A small message there and back, ms. */
  roundTripMs: number;
  /** Whether the agent itself runs here; it keeps memory and one core. */
  agent: boolean;
  /** A core against the reference core, when it was measured. */
  coreSpeed?: number;
};

/** A file that holds the model: there, or made by `make` (a command for a person). */
export type PlanFile = {
  entry: string;
  quant: Quant;
  pure: boolean;
  bytes: number;
  /** MiB that it was measured to need when loaded; 0 when nobody measured. */
  ramMb: number;
  /** Rank of what was lost against the original weights; lower is better. */
  loss: number;
  make?: string;
};

/** A model with the files of its weights that can be had. */
export type PlanModel = { name: string; shape: Shape; files: readonly PlanFile[] };

/** What one node does for an expert; the first share of a placement is the head's. */
export type Share = { node: string; layers: number; threads: number; memoryMb: number };

/** A model with a place. Speeds in tokens per second, expected, with nobody else asking. */
export type Placement = {
  model: string;
  entry: string;
  quant: string;
  shares: readonly Share[];
  promptTokensPerSecond: number;
  answerTokensPerSecond: number;
  reasons: readonly string[];
};

/** A model without one, and why. */
export type Refusal = { model: string; reasons: readonly string[] };

export type Plan = {
  placed: readonly Placement[];
  refused: readonly Refusal[];
  /** Nodes that can hold no expert at all. */
  unusable: readonly { node: string; reason: string }[];
};

/** `q4_0 pure`. */
export const quantText = ({ quant, pure }: { quant: string; pure: boolean }): string =>
  pure ? `${quant} pure` : quant;
