import type { Controls } from '../tools/tool.js';
import type { Mind, MindEvent } from './mind.js';

export type Asked = { events: MindEvent[]; said: string; source: string };

/** Asks one question to its end. */
export async function ask(mind: Mind, text: string, controls: Controls, signal?: AbortSignal): Promise<Asked> {
  const events: MindEvent[] = [];
  const running = signal ?? new AbortController().signal;
  for await (const event of mind.reply({ session: controls.session, turn: 1, text, controls }, running))
    events.push(event);
  const said = events.map((event) => (event.type === 'text' ? event.delta : '')).join('');
  const last = events.at(-1);
  return { events, said, source: last?.type === 'done' ? last.source : 'none' };
}
