import type { BootMachine } from '@twin/hashi/boot/boot-kv.js';
import { parsed } from '@twin/hashi/power/power-kv.js';
import { notFound, type Route } from './answer.js';
import { readBody } from './bodies.js';
import type { Obey } from './orders.js';

/** What the operator's commands ask over a socket that only the service's own user can open. */
export function controlRoutes(machines: () => BootMachine[], obey: Obey): Route {
  return async (request, url) => {
    const answer = (value: unknown) => ({ text: JSON.stringify(value), type: 'application/json' });
    if (request.method === 'GET' && url.pathname === '/machines') return answer(machines());
    if (request.method !== 'POST' || url.pathname !== '/orders') throw notFound();
    return answer(obey(parsed(await readBody(request))));
  };
}
