import { type DestinationStream, type Logger, pino } from 'pino';

export type Log = Logger;

/** Fields that never reach a log: secrets, and what a person said, wrote or heard. */
const REDACTED = [
  'key',
  'code',
  'token',
  'password',
  'cookie',
  'authorization',
  'apiKey',
  'text',
  'transcript',
  'answer',
  'args',
  'output',
];

/**
 * JSON lines on standard output. Each of the secret and speech fields is removed at the top level and one level down.
 * @param level pino level name, `silent` for none
 */
export function createLog(level: string, destination?: DestinationStream): Log {
  const options = {
    level,
    base: null,
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    redact: {
      paths: [...REDACTED, ...REDACTED.map((field) => `*.${field}`), 'req.headers', 'res.headers'],
      remove: true,
    },
  };
  return destination ? pino(options, destination) : pino(options);
}
