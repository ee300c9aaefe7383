import { request } from 'node:http';
import { z } from 'zod';
import { PxeError } from './errors.js';

const problem = z.object({
  code: z.templateLiteral(['TWIN_PXE_', z.string()]),
  message: z.string(),
  next: z.string(),
});

/**
 * Asks the running service.
 * @throws PxeError `TWIN_PXE_NOT_RUNNING`, `TWIN_PXE_SOCKET` where this user may not, else what the service answered
 */
export async function ask(socket: string, method: 'GET' | 'POST', path: string, body?: unknown): Promise<unknown> {
  const { status, text } = await new Promise<{ status: number; text: string }>((resolve, reject) => {
    const sent = request({ socketPath: socket, method, path, timeout: 10_000 }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (more: string) => {
        text += more;
      });
      response.on('error', reject).on('end', () => resolve({ status: response.statusCode ?? 0, text }));
    });
    sent.on('timeout', () => sent.destroy(new Error('no answer')));
    sent.on('error', reject).end(body === undefined ? undefined : JSON.stringify(body));
  }).catch((cause: NodeJS.ErrnoException) => {
    throw cause.code === 'EACCES' ? forbidden(socket, cause) : notRunning(socket, cause);
  });
  if (status === 200) return JSON.parse(text);
  const { code, message, next } = problem.parse(JSON.parse(text));
  throw new PxeError(code, message, { next, status });
}

const notRunning = (socket: string, cause: unknown): PxeError =>
  new PxeError('TWIN_PXE_NOT_RUNNING', `No network boot service answers at ${socket}.`, {
    next: 'Start it with `node pxe/dist/main.js serve`, or name its folder by --state.',
    cause,
  });

const forbidden = (socket: string, cause: unknown): PxeError =>
  new PxeError('TWIN_PXE_SOCKET', `This user may not open ${socket}.`, { next: 'Use sudo.', cause });
