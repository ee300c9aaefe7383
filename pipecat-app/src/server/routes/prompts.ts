import { once } from 'node:events';
import { type Request, type Response, Router } from 'express';
import { TwinError, toPublicError } from '../../errors.js';
import type { DraftEvent } from '../../mind/prompts/draft-answers.js';
import type { Prompt } from '../../mind/prompts/prompt-files.js';
import { kindOf } from '../../mind/prompts/prompt-text.js';
import type { Prompts } from '../../prompt-parts.js';
import { type Context, need, who } from '../context.js';
import { check } from '../errors.js';
import { type PromptAnswer, type PromptTestEvent, promptRestore, promptSave, promptTest } from '../prompt-protocol.js';

type Named = Request<{ name: string }>;

/** Who Twin and its experts are, and its commands: to read for viewers, to test for operators, to save for administrators. */
export function promptRoutes(context: Context): Router {
  const { agent } = context;
  const router = Router();
  const viewer = need(context, 'viewer');
  const admin = need(context, 'admin');
  const prompts = (): Prompts => {
    if (agent.prompts) return agent.prompts;
    throw new TwinError('TWIN_NOT_FOUND', 'This agent has no prompts.');
  };
  const send = async (response: Response, prompt: Prompt): Promise<void> => {
    const answer: PromptAnswer = { ...prompt, versions: await prompts().versions.list(prompt.name) };
    response.set('ETag', `"${prompt.etag}"`).json(answer);
  };
  const saved = async (response: Response, prompt: Prompt): Promise<void> => {
    agent.log.info({ prompt: prompt.name, etag: prompt.etag, by: who(response).name }, 'a prompt was saved');
    await send(response, prompt);
  };

  router.get('/api/prompts', viewer, async (_, response) => {
    const { files } = prompts();
    const [list, problem] = await Promise.all([files.list(), files.readOnly()]);
    const readOnly = problem ? { reason: problem.message, next: problem.next } : null;
    response.json({ prompts: list, read_only: readOnly });
  });
  router.get('/api/prompts/:name', viewer, async (request: Named, response) => {
    await send(response, await prompts().files.read(request.params.name));
  });
  router.get(
    '/api/prompts/:name/versions/:version',
    viewer,
    async (request: Request<{ name: string; version: string }>, response) => {
      const { name, version } = request.params;
      kindOf(name);
      response.json({ text: await prompts().versions.read(name, version) });
    },
  );

  router.put('/api/prompts/:name', admin, async (request: Named, response) => {
    const { text } = check(promptSave, request.body);
    const before = replaced(request);
    const prompt = await prompts().files.save(request.params.name, text, before);
    await saved(response.status(before === null ? 201 : 200), prompt);
  });
  router.post('/api/prompts/:name/restore', admin, async (request: Named, response) => {
    const { version } = check(promptRestore, request.body);
    const { name } = request.params;
    kindOf(name);
    const text = await prompts().versions.read(name, version);
    await saved(response, await prompts().files.save(name, text, replaced(request)));
  });
  router.post('/api/prompts/:name/test', need(context, 'operator'), async (request: Named, response) => {
    const { text, question } = check(promptTest, request.body);
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    const signal = AbortSignal.any([gone.signal, context.closing]);
    await stream(prompts().drafts.to(request.params.name, text, question, signal), response, signal);
  });
  return router;
}

/** Etag of the text that a request replaces; null when it makes a new one. */
function replaced(request: Request): string | null {
  if (request.get('if-none-match') === '*') return null;
  const [, etag] = /^\s*"([0-9a-f]{32})"\s*$/.exec(request.get('if-match') ?? '') ?? [];
  if (etag !== undefined) return etag;
  throw new TwinError('TWIN_PROMPT_MATCH', 'The request does not say which text it replaces.', {
    next: 'Send the ETag of that text as If-Match, or If-None-Match: * for a new prompt.',
  });
}

/** One event a line. Fails as a request does until the first is there; then a failure is an event. */
async function stream(
  events: AsyncGenerator<DraftEvent, void>,
  response: Response,
  signal: AbortSignal,
): Promise<void> {
  const from = performance.now();
  const line = async (event: PromptTestEvent): Promise<void> => {
    // `no-transform` keeps the compression, which holds data back, away.
    if (!response.headersSent) response.set('Cache-Control', 'no-store, no-transform').type('application/x-ndjson');
    const went = response.write(`${JSON.stringify(event)}\n`);
    if (!went) await once(response, 'drain', { signal }).catch(() => undefined);
  };
  try {
    for await (const event of events) await line(event);
    await line({ type: 'done', ms: Math.round(performance.now() - from) });
  } catch (error) {
    if (!response.headersSent && !signal.aborted) throw error;
    if (!signal.aborted) await line({ type: 'failure', ...toPublicError(error) });
  }
  response.end();
}
