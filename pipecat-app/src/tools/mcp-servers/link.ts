import {
  Client,
  ProtocolError,
  type Tool as ServerTool,
  StreamableHTTPClientTransport,
} from '@modelcontextprotocol/client';
import { bodyLimit } from './body-limit.js';
import { ChildTransport } from './child-transport.js';
import type { McpServerConfig } from './config.js';
import type { Connect } from './link.types.js';

const MOST_PAGES = 8;
/** Structured results are shown as text, so nothing of a server's own schema for them is run here. */
const takesAll = { getValidator: () => (value: unknown) => ({ valid: true, data: value, errorMessage: undefined }) };

/** Connects to a server by the official SDK. This file is loaded with the first server only: the SDK takes its memory. */
export const connect: Connect = async (config, { home, version, startMs, signal, onTools }) => {
  const transport = transportOf(config, home);
  const client = new Client(
    { name: 'twin', title: 'Twin', version },
    {
      // A probe by pipe would start the program twice.
      versionNegotiation: { mode: 'url' in config ? 'auto' : 'legacy' },
      listMaxPages: MOST_PAGES,
      jsonSchemaValidator: takesAll as never,
      listChanged: { tools: { onChanged: (error, tools) => void (error === null && tools && onTools(tools)) } },
    },
  );
  let ended: (why: string) => void = () => undefined;
  const end = new Promise<string>((resolve) => {
    ended = resolve;
  });
  // What a program wrote last is read a moment after its end.
  const finish = (why: string): void => void setImmediate(() => ended(lastWords(transport) || why));
  client.onclose = () => finish('it ended');
  const close = async (): Promise<void> => {
    await client.close().catch(() => undefined);
    await transport.close().catch(() => undefined);
    finish('it was closed');
  };
  const stop = (): void => void close();
  signal.addEventListener('abort', stop, { once: true });
  try {
    signal.throwIfAborted();
    await client.connect(transport, { signal, timeout: startMs });
    const { tools } = await client.listTools(undefined, { signal, timeout: startMs });
    onTools(tools as ServerTool[]);
  } catch (error) {
    await close();
    await new Promise((resolve) => setImmediate(resolve));
    const said = lastWords(transport);
    throw said === '' ? error : new Error(said);
  } finally {
    signal.removeEventListener('abort', stop);
  }
  return {
    ended: end,
    close,
    drop: (why) => {
      finish(why);
      void close();
    },
    call: (name, args, until, timeoutMs) =>
      client.callTool({ name, arguments: args as Record<string, unknown> }, { signal: until, timeout: timeoutMs }),
    answered: (error) => (error instanceof ProtocolError ? error.message : undefined),
  };
};

function transportOf(config: McpServerConfig, home: string): ChildTransport | StreamableHTTPClientTransport {
  if (!('url' in config)) return new ChildTransport(config, home);
  return new StreamableHTTPClientTransport(new URL(config.url), {
    requestInit: { headers: config.headers, redirect: 'error' },
    fetch: bodyLimit,
  });
}

const lastWords = (transport: object): string => (transport instanceof ChildTransport ? transport.lastWords() : '');
