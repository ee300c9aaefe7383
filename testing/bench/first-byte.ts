import { type Agent, request } from 'node:http';
import { TwinError } from '@twin/pipecat-app/errors.js';

/**
 * A streamed question for a door that OpenAI's clients use; `key` empty where none is wanted. `kept`: connections that are
 * used again, as those clients do; left out, each question makes one of its own.
 */
export type Question = { url: string; key: string; body: object; kept?: Agent };

const WORD = /"content":"[^"]/;

/**
 * Asks, and reads the answer to its end. llama-server ends the connections of streams without a word, so that nobody keeps
 * those. Returns the ms until the first byte of the answer's first word: a role or a comment before it is none.
 * @throws TwinError `TWIN_BENCH_ANSWER` for an answer without words
 */
export function firstByteMs({ url, key, body, kept }: Question): Promise<number> {
  const text = JSON.stringify(body);
  const headers = {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
    ...(key === '' ? {} : { authorization: `Bearer ${key}` }),
  };
  return new Promise((resolve, reject) => {
    const started = performance.now();
    const call = request(url, { method: 'POST', headers, agent: kept ?? false }, (response) => {
      let all = '';
      let ms: number | undefined;
      response.setEncoding('utf8');
      response.on('data', (part: string) => {
        const now = performance.now();
        all += part;
        if (ms === undefined && WORD.test(all)) ms = now - started;
      });
      response.on('error', reject);
      response.on('end', () => {
        if (ms !== undefined) resolve(ms);
        else reject(new TwinError('TWIN_BENCH_ANSWER', `${url} answers ${response.statusCode} without a word: ${all}`));
      });
    });
    call.on('error', reject);
    call.end(text);
  });
}
