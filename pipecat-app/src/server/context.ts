import type { RequestHandler, Response } from 'express';
import type { Agent } from '../agent.js';
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
