import { existsSync } from 'node:fs';
import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import express, { Router } from 'express';
import helmet from 'helmet';

/** Where the build of `web/` lies, seen from `src/server` and from `dist/server`. */
export const SITE = fileURLToPath(new URL('../../web/dist/site', import.meta.url));

/** Headers that let pages run scripts of this origin only; the microphone is for this origin too. */
export function securityHeaders(tls: boolean): ReadonlyMap<string, string> {
  const headers = helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'self'"],
        imgSrc: ["'self'", 'data:'],
        mediaSrc: ["'self'", 'blob:'],
        connectSrc: ["'self'"],
        objectSrc: ["'none'"],
        baseUri: ["'none'"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
      },
    },
    strictTransportSecurity: false,
    crossOriginOpenerPolicy: tls,
    originAgentCluster: tls,
  });
  // They are the same for every answer, so they are made once.
  const blank = new ServerResponse(new IncomingMessage(new Socket()));
  headers(blank.req, blank, () => undefined);
  blank.setHeader('Permissions-Policy', 'microphone=(self), camera=(), geolocation=()');
  return new Map(Object.entries(blank.getHeaders()).map(([name, value]) => [name, String(value)]));
}

/** Serves Mission Control. Names under `/assets` carry a hash of their content and may be kept for ever. */
export function site(folder: string = SITE): Router {
  const router = Router();
  router.use('/assets', express.static(join(folder, 'assets'), { immutable: true, maxAge: '1y', fallthrough: false }));
  router.use(
    express.static(folder, {
      cacheControl: false,
      setHeaders: (response) => response.setHeader('Cache-Control', 'no-cache'),
    }),
  );
  router.get('/', (_, response) => {
    const why = existsSync(folder) ? 'has no start page' : 'is not built';
    response.status(503).type('text').send(`The agent runs, but its page ${why}. Run \`npm run build:web\`.\n`);
  });
  return router;
}
