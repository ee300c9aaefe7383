import type { Endpoint } from './endpoint.js';

/** One server that answers as an expert. */
export type Instance = {
  /** Unique in the table. */
  id: string;
  /** `coding` of the service `llama-api-coding`. */
  expert: string;
  endpoint: Endpoint;
  /** Cluster node, or the host of a server outside. */
  node: string;
  model: string;
  /** Tokens of question and answer together; 0 when the server does not say. */
  context: number;
  /** Its check passes. */
  healthy: boolean;
  /** A fallback model is in use. */
  degraded: boolean;
  /** Outside of the cluster: named by a setting, not found in Consul. */
  external: boolean;
  /** Its model understands pictures. */
  vision: boolean;
};

/**
 * `awake`: at least one server is healthy. `asleep`: its job was stopped to save power and can be woken. `down`: its
 * servers are there and none is healthy.
 */
export type ExpertState = 'awake' | 'asleep' | 'down';

export type Expert = {
  name: string;
  /** Which persona file answers: `prompts/<persona>_expert.txt`. */
  persona: string;
  state: ExpertState;
  instances: readonly Instance[];
};
