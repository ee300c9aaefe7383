import { Router } from 'express';
import { newKeyRequest } from '../access/keys.js';
import { type Context, need } from '../context.js';
import { check } from '../errors.js';

/** API keys, for administrators. The text of a key is in the answer that makes it, and nowhere else. */
export function keyRoutes(context: Context): Router {
  const { keys } = context;
  const router = Router();
  router.use('/api/keys', need(context, 'admin'));
  router.get('/api/keys', (_, response) => void response.json({ keys: keys.list() }));
  router.post('/api/keys', async (request, response) => {
    const { name, role } = check(newKeyRequest, request.body);
    response
      .status(201)
      .set('Cache-Control', 'no-store')
      .json(await keys.create(name, role));
  });
  router.delete('/api/keys/:id', async (request, response) => {
    await keys.revoke(request.params.id);
    response.status(204).end();
  });
  return router;
}
