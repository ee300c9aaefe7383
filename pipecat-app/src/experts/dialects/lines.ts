import { createParser, type EventSourceMessage } from 'eventsource-parser';

/** Longest event or line of a stream, in characters. */
const LONGEST = 1_000_000;

/** The data of server-sent events, as they come. @throws Error for an event without end. */
export async function* sseData(body: AsyncIterable<Uint8Array>): AsyncGenerator<string, void> {
  const events: EventSourceMessage[] = [];
  const parser = createParser({ onEvent: (event) => events.push(event), maxBufferSize: LONGEST });
  const decoder = new TextDecoder();
  for await (const bytes of body) {
    parser.feed(decoder.decode(bytes, { stream: true }));
    for (const { data } of events.splice(0)) yield data;
  }
}

/** The lines of a stream that are not empty, as they come. @throws SyntaxError for a line without end. */
export async function* linesOf(body: AsyncIterable<Uint8Array>): AsyncGenerator<string, void> {
  const decoder = new TextDecoder();
  let held = '';
  for await (const bytes of body) {
    held += decoder.decode(bytes, { stream: true });
    const lines = held.split('\n');
    held = lines.pop() ?? '';
    if (held.length > LONGEST) throw new SyntaxError('a line without end');
    for (const line of lines) if (line.trim() !== '') yield line;
  }
  if (held.trim() !== '') yield held;
}
