import { z } from 'zod';

/** One instance of a service as Consul's catalog knows it, with the sum of its checks. */
export type ServiceInstance = {
  /** Unique per node only. */
  id: string;
  service: string;
  node: string;
  /** Where the service listens; the node's address when it named none. */
  address: string;
  port: number;
  tags: string[];
  meta: Record<string, string>;
  /** Whether every check of the service and of its node passes; one without checks passes. */
  passing: boolean;
};

/** An entry of `/v1/health/service/:name`, made into a `ServiceInstance`. */
const healthEntry = z
  .looseObject({
    Node: z.looseObject({ Node: z.string(), Address: z.string() }),
    Service: z.looseObject({
      ID: z.string(),
      Service: z.string(),
      Address: z.string(),
      Port: z.number(),
      Tags: z.array(z.string()).nullish(),
      Meta: z.record(z.string(), z.string()).nullish(),
    }),
    Checks: z.array(z.looseObject({ Status: z.string() })).nullish(),
  })
  .transform(
    ({ Node, Service, Checks }): ServiceInstance => ({
      id: Service.ID,
      service: Service.Service,
      node: Node.Node,
      address: Service.Address === '' ? Node.Address : Service.Address,
      port: Service.Port,
      tags: Service.Tags ?? [],
      meta: Service.Meta ?? {},
      passing: (Checks ?? []).every(({ Status }) => Status === 'passing'),
    }),
  );

const order = (a: ServiceInstance, b: ServiceInstance): number => {
  if (a.node !== b.node) return a.node < b.node ? -1 : 1;
  return a.id < b.id ? -1 : Number(a.id > b.id);
};

/** Consul answers in any order; a list that only changed its order is no news. */
export const instances = z.array(healthEntry).transform((list) => list.sort(order));
