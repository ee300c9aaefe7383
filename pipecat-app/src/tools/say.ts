import type { ToolResult } from './tool.js';

/** It worked; `output` is said. */
export const said = (output: string): ToolResult => ({ ok: true, output });

/** It did not, for a reason that a person can understand; `error` is the stable code. */
export const refused = (error: `TWIN_${string}`, output: string): ToolResult => ({ ok: false, output, error });

/** Cut at `most` characters, at the end of a word where there is one. */
export function shortened(text: string, most: number): string {
  if (text.length <= most) return text;
  const space = text.lastIndexOf(' ', most);
  return `${text.slice(0, space > most / 2 ? space : most)} …`;
}
