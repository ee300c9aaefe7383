import type { CallToolResult } from '@modelcontextprotocol/client';
import { harmless } from '../../mind/quoted.js';
import type { ToolResult } from '../tool.js';

/** The registry cuts what is longer than its own limit; this bounds the work until there. */
const LONGEST = 20_000;

/** What a server answered, in words that name it as the source: text joined, everything else named. */
export function resultText(server: string, { content, structuredContent, isError }: CallToolResult): ToolResult {
  const parts = content.map(words).filter(Boolean);
  if (parts.length === 0 && structuredContent !== undefined) parts.push(JSON.stringify(structuredContent));
  const text = harmless(parts.join('\n').slice(0, LONGEST)).trim();
  const output = `${server} says: ${text || 'nothing'}`;
  return isError === true ? { ok: false, output, error: 'TWIN_MCP_TOOL' } : { ok: true, output };
}

function words(part: CallToolResult['content'][number]): string {
  if (part.type === 'text') return part.text.slice(0, LONGEST);
  if (part.type === 'resource')
    return 'text' in part.resource ? part.resource.text.slice(0, LONGEST) : `(a file: ${part.resource.uri})`;
  if (part.type === 'resource_link') return `(a link: ${part.uri})`;
  return part.type === 'image' ? '(a picture)' : part.type === 'audio' ? '(a recording)' : '';
}
