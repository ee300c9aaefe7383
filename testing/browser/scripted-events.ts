import type { ServerResponse } from 'node:http';
import { answer, type ScriptedServer } from './scripted-server.js';

/** A view that pages follow, and changes that they ask for, behind the doors of a scripted server. */
export class ScriptedEvents<T extends object> {
  role = 'operator';
  view: T;
  /** What was asked for, oldest first: method and path, and the body. */
  readonly asked: [string, unknown][] = [];
  /** The next change is refused like this. */
  refusal: { status: number; error: object } | null = null;
  /** Called before a change is answered. */
  before: () => Promise<void> = async () => {};
  readonly #pages = new Set<ServerResponse>();
  readonly #event: string;

  constructor(server: ScriptedServer, event: string, view: T) {
    this.#event = event;
    this.view = view;
    server.doors.set('GET /api/session', (_, response) => answer(response, 200, { role: this.role }));
    server.doors.set(`GET /api/${event}`, ({ url = '' }, response) => {
      if (!url.includes('follow=true')) return answer(response, 200, this.view);
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      this.#pages.add(response);
      response.once('close', () => this.#pages.delete(response));
      this.#send(response);
    });
  }

  /** Whoever looks sees it. */
  show(view: Partial<T>): void {
    this.view = { ...this.view, ...view };
    for (const response of this.#pages) this.#send(response);
  }

  /** Breaks the connections of all who look. */
  break(): void {
    for (const response of this.#pages) response.destroy();
  }

  close(): void {
    this.break();
  }

  /** A change that may be asked for at this door: method and path. */
  protected takes(server: ScriptedServer, door: string): void {
    server.doors.set(door, (_, response, body) => {
      this.asked.push([door, body]);
      const { refusal } = this;
      this.refusal = null;
      void this.before().then(() => {
        if (refusal) answer(response, refusal.status, { error: refusal.error });
        else answer(response, 200, { words: 'Done.' });
      });
    });
  }

  #send(response: ServerResponse): void {
    response.write(`event: ${this.#event}\ndata: ${JSON.stringify(this.view)}\n\n`);
  }
}
