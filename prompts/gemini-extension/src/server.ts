import { pathToFileURL } from 'node:url';
import { McpServer } from '@modelcontextprotocol/server';
import { serveStdio } from '@modelcontextprotocol/server/stdio';
import { z } from 'zod';
import { sendMessage } from './send-message.js';

/** A variable that the Gemini CLI did not fill in arrives as it is written in the manifest. */
const given = (name: string): string | undefined => {
  const value = process.env[name];
  return value === undefined || value === '' || value.startsWith('${') ? undefined : value;
};

/** The one tool of the extension. */
export function extensionServer(): McpServer {
  const server = new McpServer({ name: 'twin', version: '0.1.0' });
  server.registerTool(
    'send',
    {
      title: 'Send to Twin',
      description: 'Sends a message to Twin, the voice agent, and returns its reply.',
      inputSchema: z.object({ text: z.string().trim().min(1).max(4000).describe('What to say to Twin.') }),
      annotations: { readOnlyHint: false, destructiveHint: false, openWorldHint: false },
    },
    async ({ text }, ctx) => {
      const { words, ok } = await sendMessage(
        text,
        { endpoint: given('TWIN_ENDPOINT') ?? 'http://localhost:8000', key: given('TWIN_KEY') },
        ctx.mcpReq.signal,
      );
      return { content: [{ type: 'text', text: words }], isError: !ok };
    },
  );
  return server;
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  serveStdio(extensionServer, { onerror: (error) => void process.stderr.write(`${error.message}\n`) });
}
