/** The lab's own end of the bridge: the nodes' router, and the only address besides their own that they reach. */
export const GATEWAY = '10.77.0.1';
export const PREFIX_BITS = 24;
/** Where the proxy for packages listens at the gateway. */
export const PROXY_PORT = 3142;
/** Nodes a lab can have; each knows the names of all. */
export const MOST_NODES = 20;

/** The address of a node by its number, from 1. */
export const addressOf = (number: number): string => `10.77.0.${10 + number}`;

/** The name of a node's cable at the bridge, as systemd-nspawn gives it. */
export const portOf = (node: string): string => `vb-${node}`;
