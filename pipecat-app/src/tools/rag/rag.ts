import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';
import { refused, said, shortened } from '../say.js';
import type { Tool } from '../tool.js';
import type { DocumentIndex, Hit } from './document-index.js';

const searchArgs = z.strictObject({
  query: z.string().trim().min(2).max(300),
  k: z.number().int().min(1).max(8).default(3),
});
const nothing = z.strictObject({});

/** The first search after a start waits so long for the documents, in ms. */
const PATIENCE_MS = 2500;
const LONGEST_PIECE = 900;

/** Searches the project's own documents; each piece is given with its file and heading. */
export function ragTool(index: DocumentIndex): Tool {
  const stop = new AbortController();
  const refresh = (anew = false): Promise<void> => index.refresh(stop.signal, { anew });
  const working = (): string => {
    const { done, total } = index.progress();
    return `I am still reading the documents: ${done} of ${total} files. Ask me again in a moment.`;
  };
  return {
    name: 'rag',
    description: 'The documents of this project.',
    methods: {
      search: {
        description: 'Finds what the project documents say about something; gives file and heading.',
        args: searchArgs,
        sample: { say: 'What do the docs say about wake words?', args: { query: 'wake words' } },
        risk: 'read',
        examples: [
          'what do the docs say about {query:wake words}',
          'search the documentation for {query:power management}',
          'look up {query:adding a tool} in the manual',
          'what does the documentation say about {query:latency}',
          'find {query:the sandbox} in the project documents',
          'look in the documents for {query:wake words}',
          'what is written about {query:memory} in the docs',
          'is {query:the microphone} mentioned in the documentation',
          'does the documentation mention {query:the microphone}',
          'does the manual say something about {query:the microphone}',
          'find the section about {query:wake words} in the manual',
          'look in the docs for {query:the microphone}',
          'search the docs for {query:wake words}',
          'search our documents for {query:wake words}',
          'find {query:the microphone} in the docs',
          'which document explains {query:the sandbox}',
        ],
        async run({ query, k }: z.infer<typeof searchArgs>, { signal }) {
          const reading = refresh();
          const late = new AbortController();
          await Promise.race([reading, wait(PATIENCE_MS, undefined, { signal: late.signal, ref: false })])
            .catch((error: unknown) => {
              if (!index.ready) throw error;
            })
            .finally(() => late.abort());
          signal.throwIfAborted();
          if (!index.ready) return refused('TWIN_RAG_READING', working());
          const hits = await index.search(query, k, signal);
          if (hits.length === 0) return said('The project documents say nothing about that.');
          return said(hits.map(quoted).join('\n\n'));
        },
      },
      reindex: {
        description: 'Reads all project documents again.',
        args: nothing,
        risk: 'write',
        examples: [
          'read the documents again',
          'reindex the documentation',
          'update your knowledge of the docs',
          'rebuild the index of the documents',
          'read the docs anew',
          'refresh the index of the docs',
        ],
        effect: () => 'Reads all project documents again and replaces the index of them.',
        timeoutMs: 600_000,
        async run() {
          await refresh(true);
          const { files, chunks } = index.size;
          return said(`I have read ${files} documents again, ${chunks} pieces.`);
        },
      },
    },
    async close() {
      stop.abort();
      await index.close();
    },
  };
}

function quoted({ file, heading, text }: Hit): string {
  const where = heading === '' ? file : `${file}, ${heading}`;
  return `${where}: ${shortened(text.replace(/\s+/g, ' '), LONGEST_PIECE)}`;
}
