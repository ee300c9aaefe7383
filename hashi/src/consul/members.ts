import { z } from 'zod';
import type { PackageCalls } from './package.js';

export type Member = {
  node: string;
  address: string;
  /** Whether it is one of Consul's servers. */
  server: boolean;
  alive: boolean;
};

const ALIVE = 1;
const members = z.array(
  z
    .looseObject({
      Name: z.string(),
      Addr: z.string(),
      Status: z.number(),
      Tags: z.record(z.string(), z.string()).nullish(),
    })
    .transform(({ Name, Addr, Status, Tags }): Member => {
      return { node: Name, address: Addr, server: Tags?.role === 'consul', alive: Status === ALIVE };
    }),
);

export const readMembers = (calls: PackageCalls, signal: AbortSignal | undefined): Promise<Member[]> =>
  calls.run(members, 'GET /v1/agent/members', signal, (consul, options) => consul.agent.members(options));
