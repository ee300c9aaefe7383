/** Where packets come from: this machine, the cluster's networks, or anywhere else; `own`: a service's own head. */
export const SOURCE_CLASSES = ['other', 'loopback', 'cluster', 'own'] as const;
/** From it a head calls its own server: that is no work, and it is never held. */
export const OWN_ADDRESS = '127.0.0.9';
export type SourceClass = (typeof SOURCE_CLASSES)[number];

/** What came in for a port from one class of sources since counting began. */
export type PortTraffic = {
  port: number;
  class: SourceClass;
  protocol: 'tcp' | 'udp';
  packets: number;
  /** Whole frames. */
  bytes: number;
  /** Packets that carry something, and how many bytes. */
  payloadPackets: number;
  payloadBytes: number;
  /** Of them those that begin like a health check or a scrape, with their bytes. */
  probes: number;
  probeBytes: number;
  /** Of them those that begin like any other HTTP request. */
  requests: number;
  /** Connections that were asked for. */
  syns: number;
};

export type Sample = {
  /** Milliseconds of a clock that never goes back. */
  at: number;
  traffic: readonly PortTraffic[];
};

/** Two counts with the same key go on from each other. */
export const trafficKey = (traffic: PortTraffic): string => `${traffic.port}/${traffic.protocol}/${traffic.class}`;

export const noTraffic = (port: number, from: SourceClass, protocol: PortTraffic['protocol'] = 'tcp'): PortTraffic => ({
  port,
  class: from,
  protocol,
  packets: 0,
  bytes: 0,
  payloadPackets: 0,
  payloadBytes: 0,
  probes: 0,
  probeBytes: 0,
  requests: 0,
  syns: 0,
});
