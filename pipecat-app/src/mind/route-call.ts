import { z } from 'zod';
import type { ToolCall } from './tool-calls.js';

/** A model's wish that an expert answers. */
export type RouteCall = { expert: string; query: string };

export const ROUTE_TOOL = 'route_to_expert';

const args = z.object({ expert: z.string().min(1).max(64), query: z.string().min(1).max(4000) });

/** The route that a call asks for; undefined when it is a call of something else, or says too little. */
export const routeIn = (call: ToolCall): RouteCall | undefined =>
  call.name === ROUTE_TOOL ? args.safeParse(call.args).data : undefined;
