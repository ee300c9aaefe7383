import type { ServerResponse } from 'node:http';
import type { Seen } from '../loopback.fixture.js';

type Event = { Topic: string; Type: string; Key: string; Index: number; Payload: object };

/** The event stream of a scripted Nomad, with all events for ever in its memory. */
export class FakeEvents {
  readonly #events: Event[] = [];
  readonly #open = new Map<ServerResponse, string[]>();

  add(Type: string, Key: string, Index: number): void {
    const event = { Topic: 'Job', Type, Key, Index, Payload: { Job: { ID: Key } } };
    this.#events.push(event);
    for (const [response, topics] of this.#open) send(response, topics, event);
  }

  stream({ query }: Seen, response: ServerResponse): void {
    const index = Number(query.get('index') ?? 0);
    const topics = query.getAll('topic');
    response.writeHead(200, { 'content-type': 'application/json' });
    response.write('{}\n');
    const later = this.#events.filter(({ Index }) => Index >= index);
    // Nomad begins with the newest that it has when nothing is as new as what was asked for.
    for (const event of later.length > 0 ? later : this.#events.slice(-1)) send(response, topics, event);
    this.#open.set(response, topics);
    response.once('close', () => this.#open.delete(response));
  }
}

function send(response: ServerResponse, topics: readonly string[], event: Event): void {
  const wanted = topics.some((topic) => topic === event.Topic || topic === `${event.Topic}:${event.Key}`);
  if (wanted || topics.length === 0) response.write(`${JSON.stringify({ Index: event.Index, Events: [event] })}\n`);
}
