import { Router } from 'express';
import type { Context } from '../server/context.js';

export function openaiRoutes(_context: Context): Router {
  return Router();
}
