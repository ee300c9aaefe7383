import { type Response, Router } from 'express';
import { z } from 'zod';
import { TwinError } from '../../errors.js';
import { SignIns } from '../access/sign-in.js';
import type { SignedIn } from '../access/tickets.js';
import { type Context, need, who } from '../context.js';
import { check } from '../errors.js';
import { signInLimit } from '../limits.js';
import { role } from '../protocol.js';

const secret = z.string().trim().min(1).max(200);
const signInRequest = z.union([z.object({ key: secret }), z.object({ code: secret })]);
const codeRequest = z.object({ role: role.default('admin') });

const USED = new TwinError('TWIN_SIGN_IN', 'This sign-in link was used or is too old.', {
  next: 'Run `twin signin` for a new one.',
});
const WRONG = new TwinError('TWIN_SIGN_IN', 'This key is not known.', {
  next: 'Check it, or run `twin signin` for a link.',
});

/** Signing in and out with a key or a one-time code, and making such codes. */
export function signInRoutes(context: Context): Router {
  const { agent, guard, keys, signIns } = context;
  const { AUTH_DISABLED, TWIN_TLS_CERT } = agent.config;
  const router = Router();
  const limit = signInLimit();
  const options = { httpOnly: true, sameSite: 'strict', secure: TWIN_TLS_CERT !== '', path: '/' } as const;
  const open = (response: Response, as: SignedIn): void => {
    response.cookie(guard.cookieName, signIns.open(as), { ...options, maxAge: SignIns.sessionMs });
  };

  router.get('/signin', limit, (request, response) => {
    response.set('Cache-Control', 'no-store').set('Referrer-Policy', 'no-referrer');
    if (request.get('sec-purpose')?.includes('prefetch')) return void response.status(204).end();
    const code = request.query.code;
    const as = typeof code === 'string' ? signIns.redeem(code) : undefined;
    if (as) open(response, as);
    else if (!AUTH_DISABLED && !signedIn(context, request.headers))
      return void response.status(401).type('html').send(page(USED));
    response.redirect(303, '/');
  });

  router.post('/api/session', limit, (request, response) => {
    guard.checkOrigin(request.headers, false);
    const given = check(signInRequest, request.body);
    const key = 'key' in given ? keys.find(given.key) : undefined;
    const as = 'code' in given ? signIns.redeem(given.code) : key && { role: key.role, name: key.name, keyId: key.id };
    if (!as) throw 'code' in given ? USED : WRONG;
    open(response, as);
    response.json({ role: as.role, name: as.name, authDisabled: AUTH_DISABLED });
  });

  router.get('/api/session', need(context, 'viewer'), (_, response) => {
    const { role: its, name } = who(response);
    response.json({ role: its, name, authDisabled: AUTH_DISABLED });
  });

  router.delete('/api/session', need(context, 'viewer'), async (request, response) => {
    const cookie = guard.cookie(request.headers);
    if (cookie !== undefined) await signIns.close(cookie);
    response.clearCookie(guard.cookieName, options).status(204).end();
  });

  router.post('/api/signin-codes', need(context, 'admin'), (request, response) => {
    const { role: its } = check(codeRequest, request.body ?? {});
    const { name, keyId } = who(response);
    const code = signIns.issueCode({ role: its, name, keyId: keyId === 'none' ? '' : keyId });
    response.status(201).json({ url: `${context.address()}/signin?code=${code}`, expires_s: SignIns.codeMs / 1000 });
  });
  return router;
}

function signedIn({ guard }: Context, headers: Parameters<Context['guard']['admit']>[0]): boolean {
  try {
    guard.admit(headers, 'viewer', 'GET');
    return true;
  } catch {
    return false;
  }
}

const page = ({ message, next }: TwinError): string =>
  `<!doctype html><html lang="en"><meta name="viewport" content="width=device-width"><title>Twin</title><h1>${message}</h1><p>${next}</p></html>`;
