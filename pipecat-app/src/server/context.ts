import type { RequestHandler, Response } from 'express';
import type { Agent } from '../agent.js';
import { TwinError } from '../errors.js';
import type { Approvals } from '../tools/approval/approvals.js';
import type { Decider } from '../tools/approval/authority.js';
import type { Guard, Principal } from './access/guard.js';
import type { Keys } from './access/keys.js';
import type { SignIns } from './access/sign-in.js';
import type { Role } from './protocol.js';
import type { TextSessions } from './text-sessions.js';

/** What every route works with. `address`: where people reach the agent, for links. */
export type Context = {
  agent: Agent;
  guard: Guard;
  keys: Keys;
  signIns: SignIns;
  texts: TextSessions;
  address: () => string;
  /** Aborts when the server stops: answers without an end end then. */
  closing: AbortSignal;
};

/** Lets through who is at least a `least`; `who(response)` tells later handlers who it is. */
export function need({ guard }: Pick<Context, 'guard'>, least: Role): RequestHandler {
  return (request, response, next) => {
    response.locals.principal = guard.admit(request.headers, least, request.method);
    next();
  };
}

/** The one whom `need` let through. */
export const who = (response: Response): Principal => response.locals.principal as Principal;

/** The same, as one who decides about tools. */
export function deciderOf(response: Response): Decider {
  const { role, name, keyId, ambient } = who(response);
  return { role, name, keyId, way: ambient ? 'page' : 'key' };
}

/** @throws TwinError `TWIN_NOT_FOUND` where nobody is asked for consent */
export function gateOf({ agent }: Pick<Context, 'agent'>): Approvals {
  if (agent.approvals) return agent.approvals;
  throw new TwinError('TWIN_NOT_FOUND', 'This agent asks for no approvals.');
}
