import { createInterface, type Interface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import type { WebSocket } from 'ws';
import { TwinError } from '../errors.js';
import type { ServerEvent } from '../server/protocol.js';
import type { Connection } from './connection.js';
import { openSocket } from './open-socket.js';

type Terminal = { input: Readable; output: Writable; interactive: boolean };

const PROMPT = 'you> ';

/**
 * `twin` alone: a typed conversation until the input ends. Ctrl-C stops an answer, and the program when there is none.
 * What the agent says by itself (a timer that is due) appears between the lines.
 * @throws TwinError as `openSocket`, and `TWIN_UNREACHABLE` when the agent goes away.
 */
export async function chat(connection: Connection, terminal: Terminal, signal: AbortSignal): Promise<void> {
  const early: Buffer[] = [];
  const socket = await openSocket(
    connection,
    '/ws/audio?audible=0',
    (data, binary) => !binary && early.push(data),
    signal,
  );
  const lines = createInterface({
    input: terminal.input,
    ...(terminal.interactive && { output: terminal.output, prompt: PROMPT }),
  });
  const talk = new Chat(socket, lines, terminal);
  socket.removeAllListeners('message');
  socket.on(
    'message',
    (data: Buffer, binary: boolean) => !binary && talk.on(JSON.parse(data.toString()) as ServerEvent),
  );
  for (const data of early) talk.on(JSON.parse(data.toString()) as ServerEvent);
  lines.on('SIGINT', () => (talk.answering ? talk.stop() : lines.close()));
  const abort = (): void => socket.terminate();
  signal.addEventListener('abort', abort, { once: true });
  const lost = new Promise<never>((_, reject) => {
    socket.once('close', () =>
      reject(new TwinError('TWIN_UNREACHABLE', 'The agent closed the connection.', { next: 'Look at its log.' })),
    );
  });
  lost.catch(() => lines.close());
  try {
    await Promise.race([talk.run(), lost]);
  } finally {
    signal.removeEventListener('abort', abort);
    lines.close();
    socket.removeAllListeners('close');
    socket.terminate();
  }
}

class Chat {
  readonly #socket: WebSocket;
  readonly #lines: Interface;
  readonly #terminal: Terminal;
  #answered: (() => void) | undefined;
  #shown = '';

  constructor(socket: WebSocket, lines: Interface, terminal: Terminal) {
    this.#socket = socket;
    this.#lines = lines;
    this.#terminal = terminal;
  }

  get answering(): boolean {
    return this.#answered !== undefined;
  }

  async run(): Promise<void> {
    this.#prompt();
    for await (const line of this.#lines) {
      if (line.trim() !== '') await this.#ask(line.trim());
      this.#prompt();
    }
  }

  stop(): void {
    this.#socket.send(JSON.stringify({ type: 'stop' }));
  }

  on(event: ServerEvent): void {
    if (event.type === 'token') {
      if (this.#shown === '') this.#write(this.answering ? 'twin> ' : '\ntwin> ');
      this.#shown += event.data.delta;
      this.#write(event.data.delta);
    }
    if (event.type === 'error') this.#write(`${event.data.message} ${event.data.next}\n`);
    const refused = event.type === 'error' && event.data.code === 'TWIN_BAD_REQUEST';
    if (event.type === 'answer') this.#write(event.data.interrupted ? ' …\n' : '\n');
    else if (!refused) return;
    this.#shown = '';
    if (this.#answered) this.#answered();
    else this.#prompt();
  }

  async #ask(text: string): Promise<void> {
    const answered = new Promise<void>((resolve) => {
      this.#answered = resolve;
    });
    this.#socket.send(JSON.stringify({ type: 'text', text }));
    await answered;
    this.#answered = undefined;
  }

  #write(text: string): void {
    this.#terminal.output.write(text);
  }

  #prompt(): void {
    if (this.#terminal.interactive) this.#lines.prompt();
  }
}
