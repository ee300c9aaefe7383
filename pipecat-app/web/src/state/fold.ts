import type { ConversationLine, ServerEvent, ServerEventData } from '../../../src/server/protocol.js';
import { coverEnd } from './heard.js';
import type { BotRow, Row, ToolRow, UserRow, View } from './rows.js';

/** Long conversations keep the newest rows. */
export const MAX_ROWS = 200;
const MAX_SPOKEN = 5;
/** Lines from before this page was opened. */
const MAX_PAST = 100;
/** Rows from before belong to no turn of this session; null would wait for the server to confirm it. */
const NO_TURN = -1;

type Of<T extends ServerEvent['type']> = ServerEventData[T];

/** The view after `event`. Pure; events that concern only the sound leave the view as it is. */
export function fold(view: View, event: ServerEvent): View {
  const key = (kind: string, turn: number) => `${event.session}:${turn}:${kind}`;
  switch (event.type) {
    case 'hello':
      return { ...view, hello: event.data, agent: 'idle' };
    case 'settings':
      return view.hello ? { ...view, hello: { ...view.hello, ...event.data } } : view;
    case 'state':
      return withState(view, event.data.state);
    case 'transcript.partial':
      return putUser(view, key('user', event.data.turn), event.data, false);
    case 'transcript.final':
      return say(
        putUser(view, key('user', event.data.turn), event.data, true),
        key('user', event.data.turn),
        event.data.text,
      );
    case 'token':
      return editBot(view, key('bot', event.data.turn), event.data.turn, (row) => ({
        text: row.text + event.data.delta,
      }));
    case 'caption':
      return editBot(view, key('bot', event.data.turn), event.data.turn, (row) => withCaption(row, event.data));
    case 'answer':
      return answered(view, key('bot', event.data.turn), event.data);
    case 'tool.call':
      return toolCalled(view, key('tool', event.data.turn), event.data);
    case 'tool.result':
      return toolDone(view, key('tool', event.data.turn), event.data);
    case 'memories':
      return remembered(view, key('memories', event.data.turn), event.data);
    case 'turn':
      return append(healed(view, event.data), {
        kind: 'timing',
        key: key('timing', event.data.turn),
        turn: event.data.turn,
        record: event.data,
      });
    case 'error':
      return faulted(view, event.data);
    default:
      return view;
  }
}

/** A typed message, shown before the server has confirmed it. */
export function typed(view: View, text: string): View {
  return append(
    { ...view, made: view.made + 1 },
    { kind: 'user', key: `typed:${view.made}`, turn: null, text, final: true },
  );
}

/** A line of the page's own. */
export function notice(view: View, text: string, tone: 'plain' | 'bad' = 'plain'): View {
  const key = `notice:${view.made}`;
  return say(append({ ...view, made: view.made + 1 }, { kind: 'notice', key, tone, text }), key, text);
}

/** Puts what was said before this page was opened above what is there. Nothing of it is read out. */
export function recalled(view: View, lines: readonly ConversationLine[]): View {
  if (lines.length === 0) return view;
  const past = lines.slice(-MAX_PAST).map(({ id, role, text }): Row => {
    const row = { key: `past:${id}`, turn: NO_TURN, text, final: true };
    return role === 'user'
      ? { kind: 'user', ...row }
      : { kind: 'bot', ...row, segments: [], covered: 0, interrupted: false };
  });
  const mark: Row = { kind: 'notice', key: 'past', tone: 'plain', text: 'This was said before. It goes on here.' };
  return { ...view, rows: [...past, mark, ...view.rows].slice(-MAX_ROWS) };
}

/** An empty transcript; what is being said and answered goes on below. */
export function cleared(view: View): View {
  return { ...view, rows: [], fault: null, spoken: [] };
}

/** The session is gone: nothing of it will settle any more. */
export function ended(view: View): View {
  const rows = view.rows
    .filter((row) => row.kind !== 'user' || row.final)
    .map((row): Row => {
      if (row.kind === 'bot' && !row.final) return { ...row, final: true, interrupted: true };
      if (row.kind === 'tool' && row.status === 'running')
        return { ...row, status: 'failed', output: 'The connection was lost.' };
      return row;
    });
  return { ...view, rows, agent: 'idle' };
}

function append(view: View, row: Row): View {
  return { ...view, rows: [...view.rows, row].slice(-MAX_ROWS) };
}

function replace(view: View, key: string, row: Row): View {
  return { ...view, rows: view.rows.map((old) => (old.key === key ? row : old)) };
}

function find<K extends Row['kind']>(view: View, kind: K, key: string): Extract<Row, { kind: K }> | undefined {
  return view.rows.find((row): row is Extract<Row, { kind: K }> => row.kind === kind && row.key === key);
}

function say(view: View, key: string, text: string): View {
  if (!text) return view;
  const others = view.spoken.filter((line) => line.key !== key);
  return { ...view, spoken: [...others, { key, text }].slice(-MAX_SPOKEN) };
}

function withState(view: View, agent: View['agent']): View {
  if (agent !== 'idle') return { ...view, agent };
  // Nothing came of words that are still open when the agent rests: it was a cough or somebody else.
  return { ...view, agent, rows: view.rows.filter((row) => row.kind !== 'user' || row.final) };
}

function putUser(view: View, key: string, data: { turn: number; text: string }, final: boolean): View {
  const known = find(view, 'user', key);
  if (!data.text) return known ? { ...view, rows: view.rows.filter((row) => row !== known) } : view;
  if (known) return replace(view, key, { ...known, text: data.text, final });
  const own = view.rows.find(
    (row): row is UserRow => row.kind === 'user' && row.turn === null && row.text === data.text,
  );
  if (own && final) return replace(view, own.key, { ...own, turn: data.turn });
  return append(view, { kind: 'user', key, turn: data.turn, text: data.text, final });
}

function editBot(view: View, key: string, turn: number, edit: (row: BotRow) => Partial<BotRow>): View {
  const known = find(view, 'bot', key);
  if (known) return replace(view, key, { ...known, ...edit(known) });
  const made: BotRow = { kind: 'bot', key, turn, text: '', segments: [], covered: 0, final: false, interrupted: false };
  return append(view, { ...made, ...edit(made) });
}

function withCaption(row: BotRow, { text, from, to }: Of<'caption'>): Partial<BotRow> {
  const { end, matches } = coverEnd(row.text, row.covered, text);
  const shown = matches && end > row.covered ? row.text.slice(row.covered, end) : `${text.trim()} `;
  return { segments: [...row.segments, { text: shown, from, to }], covered: end };
}

function answered(view: View, key: string, { turn, text, interrupted }: Of<'answer'>): View {
  if (!text && !find(view, 'bot', key)) return view;
  const done = editBot(view, key, turn, () => ({ text, segments: [], covered: 0, final: true, interrupted }));
  return say(done, key, interrupted ? `${text} (interrupted)` : text);
}

function toolCalled(view: View, key: string, { turn, tool, args }: Of<'tool.call'>): View {
  const row: ToolRow = { kind: 'tool', key: `${key}:${view.made}`, turn, tool, args, status: 'running', output: '' };
  return append({ ...view, made: view.made + 1 }, row);
}

function toolDone(view: View, key: string, { turn, tool, args, ok, output, later }: Of<'tool.result'>): View {
  const status = later ? 'later' : ok ? 'ok' : 'failed';
  const open = view.rows.find(
    (row): row is ToolRow =>
      row.kind === 'tool' && row.key.startsWith(`${key}:`) && row.tool === tool && row.status === 'running',
  );
  if (open) return replace(view, open.key, { ...open, args, status, output });
  return append(
    { ...view, made: view.made + 1 },
    { kind: 'tool', key: `${key}:${view.made}`, turn, tool, args, status, output },
  );
}

function remembered(view: View, key: string, { turn, ids }: Of<'memories'>): View {
  return ids.length > 0 ? append(view, { kind: 'memories', key, turn, ids }) : view;
}

/** A turn that went well ends the last error. */
function healed(view: View, { source }: Of<'turn'>): View {
  return source === 'reflex' || source === 'model' ? { ...view, fault: null } : view;
}

function faulted(view: View, fault: Of<'error'>): View {
  const text = fault.next ? `${fault.message} ${fault.next}` : fault.message;
  return { ...notice(view, text, 'bad'), fault };
}
