import { ProtocolError, ProtocolErrorCode, type Server } from '@modelcontextprotocol/server';

/** What the door needs of the long-term memory. */
export type MemoryShelf = {
  list(asked: { text?: string; limit: number; before?: number }): MaybeLater<readonly RememberedFact[]>;
  recall(text: string, signal: AbortSignal): Promise<readonly RememberedFact[]>;
};
export type RememberedFact = { id: number; text: string; at: number; source: string; pinned: boolean };
type MaybeLater<T> = T | Promise<T>;

const PAGE = 100;
const FACT = 'memory://facts/';
const SEARCH = 'memory://search/';
const LONGEST_SEARCH = 500;

/** Long-term memory as resources: every fact, and a search by meaning at `memory://search/{query}`. */
export function serveMemory(server: Server, memory: MemoryShelf): void {
  server.registerCapabilities({ resources: {} });

  server.setRequestHandler('resources/list', async ({ params }) => {
    const before = params?.cursor === undefined ? undefined : Number(params.cursor);
    if (before !== undefined && !Number.isSafeInteger(before)) throw unknown('cursor');
    const facts = await memory.list({ limit: PAGE, ...(before !== undefined && { before }) });
    const last = facts.at(-1);
    return {
      resources: facts.map(({ id, text, at }) => ({
        uri: `${FACT}${id}`,
        name: text.length > 80 ? `${text.slice(0, 79)}…` : text,
        mimeType: 'text/plain',
        annotations: { lastModified: new Date(at).toISOString() },
      })),
      ...(facts.length === PAGE && last && { nextCursor: String(last.id) }),
    };
  });

  server.setRequestHandler('resources/templates/list', () => ({
    resourceTemplates: [
      {
        uriTemplate: `${SEARCH}{query}`,
        name: 'Search the memory',
        description: 'What Twin remembers that is nearest in meaning, one fact a line.',
        mimeType: 'text/plain',
      },
    ],
  }));

  server.setRequestHandler('resources/read', async ({ params: { uri } }, ctx) => {
    const text = uri.startsWith(SEARCH)
      ? await found(memory, uri.slice(SEARCH.length), ctx.mcpReq.signal)
      : await one(memory, uri);
    return { contents: [{ uri, mimeType: 'text/plain', text }] };
  });
}

async function found(memory: MemoryShelf, query: string, signal: AbortSignal): Promise<string> {
  let text: string;
  try {
    text = decodeURIComponent(query).trim();
  } catch {
    throw unknown('query');
  }
  if (text === '' || text.length > LONGEST_SEARCH) throw unknown('query');
  return (await memory.recall(text, signal)).map((fact) => fact.text).join('\n');
}

async function one(memory: MemoryShelf, uri: string): Promise<string> {
  const id = /^memory:\/\/facts\/(\d{1,15})$/.exec(uri)?.[1];
  if (id === undefined) throw unknown('resource');
  const [fact] = (await memory.list({ limit: 1, before: Number(id) + 1 })).filter((each) => each.id === Number(id));
  if (fact === undefined) throw unknown('resource');
  return fact.text;
}

const unknown = (what: string): ProtocolError =>
  new ProtocolError(ProtocolErrorCode.InvalidParams, `There is no such ${what}.`);
