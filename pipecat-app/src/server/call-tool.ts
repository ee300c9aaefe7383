import type { Response } from 'express';
import { TwinError } from '../errors.js';
import { type Context, who } from './context.js';
import { SilentControls } from './silent-controls.js';

/**
 * Calls a method of a tool in the name of whoever asks, so that policy, consent and audit log hold for pages, too. Ends when they
 * go away. Answers what the tool says.
 * @throws TwinError with the tool's own code
 */
export function toolCaller(
  context: Context,
): (method: string, args: Record<string, unknown>, response: Response) => Promise<string> {
  const controls = new SilentControls(context.agent, 'api');
  return async (method, args, response) => {
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    const signal = AbortSignal.any([gone.signal, context.closing]);
    const result = await context.agent.tools?.call(method, args, controls.of(who(response)), signal);
    if (result?.ok) return result.output;
    throw new TwinError(
      (result?.error ?? 'TWIN_TOOL_UNKNOWN') as `TWIN_${string}`,
      result?.output ?? 'This agent has no tools.',
    );
  };
}
