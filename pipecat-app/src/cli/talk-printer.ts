import type { ServerEvent } from '../server/protocol.js';

/** What the conversation itself reports besides the agent's events. */
export type TalkEvent =
  | { type: 'file'; file: string }
  | { type: 'unanswered'; code: string; message: string; next: string };
export type Print = (event: ServerEvent | TalkEvent) => void;

/** One JSON line per event; the summary of a turn is its record itself. Level meter events are left out. */
export function jsonLines(write: (line: string) => void): Print {
  return (event) => {
    if (event.type === 'vad') return;
    write(`${JSON.stringify(event.type === 'turn' ? event.data : event)}\n`);
  };
}

/** A conversation to read: partial words on a terminal are overwritten until they are final. */
export function readable(write: (text: string) => void, terminal: boolean): Print {
  let open = false;
  const line = (text: string): void => {
    write(`${open ? '\r\x1b[K' : ''}${text}\n`);
    open = false;
  };
  return (event) => {
    if (event.type === 'transcript.partial' && terminal) {
      write(`\r\x1b[K… ${event.data.text}`);
      open = true;
    } else if (event.type === 'transcript.final') line(`you:  ${event.data.text}`);
    else if (event.type === 'tool.result')
      line(`      ${event.data.tool} ${JSON.stringify(event.data.args)}${event.data.ok ? '' : ' failed'}`);
    else if (event.type === 'answer') line(`twin: ${event.data.text}${event.data.interrupted ? ' …' : ''}`);
    else if (event.type === 'unanswered') line(`error: ${event.message} ${event.next}`);
    else if (event.type === 'error') line(`error: ${event.data.message} ${event.data.next}`.trimEnd());
  };
}
