import { request } from 'node:http';
import { TwinError } from '@twin/pipecat-app/errors.js';

/** A streamed question for a door that OpenAI's clients use; `key` empty where none is wanted. */
export type Question = { url: string; key: string; body: object };

const WORD = /"content":"[^"]/;

/**
 * Asks over a connection of its own, because llama-server ends those of streams without a word; reads the answer to its
 * end. Returns the ms until the first byte of the answer's first word: a role or a comment before it is none.
 * @throws TwinError `TWIN_BENCH_ANSWER` for an answer without words
 */
export function firstByteMs({ url, key, body }: Question): Promise<number> {
  const text = JSON.stringify(body);
  const headers = {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
    ...(key === '' ? {} : { authorization: `Bearer ${key}` }),
  };
  return new Promise((resolve, reject) => {
    const started = performance.now();
    const call = request(url, { method: 'POST', headers, agent: false }, (response) => {
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
