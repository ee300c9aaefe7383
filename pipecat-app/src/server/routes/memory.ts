import { createReadStream, createWriteStream } from 'node:fs';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Request, Router } from 'express';
import { z } from 'zod';
import { TwinError } from '../../errors.js';
import type { LongTermMemory } from '../../memory/long-term.js';
import { type Context, need } from '../context.js';
import { check } from '../errors.js';
import { factChange, factsQuery, newFact, searchQuery, stateRequest } from '../memory-protocol.js';
import { asFactView, asStateView } from './memory-views.js';

/** An archive of some 100 000 facts. */
const MAX_ARCHIVE_BYTES = 256 * 1024 * 1024;
const id = z.coerce.number().int().positive();

/** What is remembered: to read for viewers, to change for operators, to replace as a whole for administrators. */
export function memoryRoutes(context: Context): Router {
  const router = Router();
  const viewer = need(context, 'viewer');
  const operator = need(context, 'operator');
  const admin = need(context, 'admin');
  const memory = (): LongTermMemory => {
    if (context.agent.memory) return context.agent.memory;
    throw new TwinError('TWIN_MEMORY', 'This agent has no long-term memory.', { next: 'Start it with a memory.' });
  };
  const idOf = (request: Request): number => check(id, request.params.id);

  router.get('/api/memory', viewer, async (request, response) => {
    const { superseded, ids, ...query } = check(factsQuery, request.query);
    if (ids) {
      const found = await Promise.all(ids.map((one) => memory().get(one)));
      const facts = found.flatMap((fact) => (fact?.forgottenAt === null ? [asFactView(fact)] : []));
      response.json({ facts, total: facts.length });
      return;
    }
    const [facts, { facts: total }] = await Promise.all([
      memory().list({
        limit: query.limit,
        superseded: superseded === 'true',
        ...(query.before && { before: query.before }),
      }),
      memory().count(),
    ]);
    response.json({ facts: facts.map((fact) => asFactView(fact)), total });
  });

  router.get('/api/memory/search', viewer, async (request, response) => {
    const { q, limit } = check(searchQuery, request.query);
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    const [near, worded] = await Promise.all([
      memory().search(q, limit, gone.signal),
      memory().list({ text: q, limit }),
    ]);
    const scores = new Map(near.map((fact) => [fact.id, fact.score]));
    const found = [...worded, ...near.filter(({ id }) => !worded.some((one) => one.id === id))].slice(0, limit);
    const facts = found.map((fact) => asFactView(fact, scores.get(fact.id) ?? null));
    response.json({ facts, meaning: memory().meaning() });
  });

  router.post('/api/memory', operator, async (request, response) => {
    const { text } = check(newFact, request.body);
    const { fact, how, before } = await memory().remember(text, 'told', context.closing);
    response
      .status(how === 'merged' ? 200 : 201)
      .json({ fact: asFactView(fact), how, ...(before && { before: asFactView(before) }) });
  });

  router.patch('/api/memory/:id', operator, async (request, response) => {
    const { text, pinned, enabled } = check(factChange, request.body);
    const fact = idOf(request);
    if (text !== undefined) await memory().edit(fact, text, context.closing);
    if (pinned !== undefined) await memory().pin(fact, pinned);
    if (enabled !== undefined) await memory().enable(fact, enabled);
    response.json({ fact: asFactView(there(await memory().get(fact))) });
  });

  router.delete('/api/memory/:id', operator, async (request, response) => {
    response.json({ fact: asFactView(there(await memory().forget(idOf(request)))) });
  });
  router.post('/api/memory/:id/restore', operator, async (request, response) => {
    response.json({ fact: asFactView(there(await memory().restore(idOf(request)))) });
  });
  router.get('/api/memory/:id/history', viewer, async (request, response) => {
    const facts = await memory().history(idOf(request));
    response.json({ facts: facts.map((fact) => asFactView(fact)), total: facts.length });
  });

  router.get('/api/memory/export', operator, async (_, response) => {
    await memory().withArchive(async (file) => {
      await memory().exportTo(file, context.closing);
      const name = `twin-memory-${new Date().toISOString().slice(0, 10)}.tar.gz`;
      response.set({ 'Content-Type': 'application/gzip', 'Content-Disposition': `attachment; filename="${name}"` });
      await pipeline(createReadStream(file), response);
    });
  });
  router.post('/api/memory/import', admin, async (request, response) => {
    await memory().withArchive(async (file) => {
      await pipeline(request, atMost(MAX_ARCHIVE_BYTES), createWriteStream(file, { mode: 0o600 }));
      response.json(await memory().importFrom(file, context.closing));
    });
  });

  router.get('/api/memory/states', viewer, async (_, response) => {
    response.json({ states: (await memory().states()).map(asStateView) });
  });
  router.post('/api/memory/states', operator, async (request, response) => {
    response.status(201).json(await memory().saveState(check(stateRequest, request.body).name));
  });
  router.post('/api/memory/states/:name/load', admin, async (request, response) => {
    response.json(await memory().loadState(request.params.name as string, context.closing));
  });
  router.delete('/api/memory/states/:name', admin, async (request, response) => {
    await memory().deleteState(request.params.name as string);
    response.status(204).end();
  });
  return router;
}

function there<T>(fact: T | undefined): T {
  if (fact !== undefined) return fact;
  throw new TwinError('TWIN_NOT_FOUND', 'There is no such fact.', { next: 'See them with `twin memory list`.' });
}

/** Passes bytes on until there are too many. */
function atMost(bytes: number): Transform {
  let seen = 0;
  return new Transform({
    transform(chunk: Buffer, _, done) {
      seen += chunk.length;
      if (seen <= bytes) return done(null, chunk);
      done(
        new TwinError('TWIN_TOO_LARGE', 'The archive is too large.', { next: `At most ${bytes >> 20} MB are taken.` }),
      );
    },
  });
}
