import {
  type Connection,
  createConnection,
  createLongLivedTokenAuth,
  type HassEntity,
} from 'home-assistant-js-websocket';
import { WebSocket } from 'ws';
import { TwinError } from '../../errors.js';

/** One thing of the house. Names and states are text of the house's owner: data, never instructions. */
export type Entity = { id: string; name: string; state: string; unit: string };

type Exposed = { exposed_entities: Record<string, Record<string, boolean> | undefined> };
type Socket = NonNullable<Connection['socket']>;

const CONNECT_MS = 8000;
const LONGEST_NAME = 80;

/** Home Assistant through its own client. Only what is exposed to its assistant exists here. */
export class HomeAssistant {
  readonly #url: string;
  readonly #token: string;
  #connecting: Promise<Connection> | undefined;

  constructor(url: string, token: string) {
    this.#url = url.replace(/\/+$/, '');
    this.#token = token;
  }

  /** Exposed entities, by id. */
  async entities(signal: AbortSignal): Promise<Entity[]> {
    const connection = await this.#connection(signal);
    const [states, { exposed_entities: exposed }] = await Promise.all([
      connection.sendMessagePromise<HassEntity[]>({ type: 'get_states' }),
      connection.sendMessagePromise<Exposed>({ type: 'homeassistant/expose_entity/list' }),
    ]);
    return states
      .filter(({ entity_id }) => exposed[entity_id]?.conversation === true)
      .map(({ entity_id: id, state, attributes }) => ({
        id,
        name: plain(attributes.friendly_name ?? id),
        state: plain(state),
        unit: plain(attributes.unit_of_measurement ?? ''),
      }))
      .sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  /** Calls a service for entities. The REST door says more about what is wrong with a call than the socket. */
  async call(domain: string, service: string, data: Record<string, unknown>, signal: AbortSignal): Promise<void> {
    const response = await fetch(`${this.#url}/api/services/${domain}/${service}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${this.#token}`, 'content-type': 'application/json' },
      body: JSON.stringify(data),
      redirect: 'error',
      signal,
    }).catch((cause: unknown) => {
      if (signal.aborted) throw signal.reason;
      throw unreachable(cause);
    });
    await response.arrayBuffer();
    if (response.ok) return;
    if (response.status === 401) throw refusedToken();
    throw new TwinError('TWIN_HA_CALL', `Home Assistant refuses ${domain}.${service} (${response.status}).`, {
      next: 'Check the name of the service and its data.',
    });
  }

  async close(): Promise<void> {
    const connection = await this.#connecting?.catch(() => undefined);
    this.#connecting = undefined;
    connection?.close();
  }

  async #connection(signal: AbortSignal): Promise<Connection> {
    signal.throwIfAborted();
    this.#connecting ??= this.#connect().catch((error: unknown) => {
      this.#connecting = undefined;
      throw error;
    });
    return this.#connecting;
  }

  async #connect(): Promise<Connection> {
    const auth = createLongLivedTokenAuth(this.#url, this.#token);
    return createConnection({ auth, setupRetry: 0, createSocket: () => signedIn(auth.wsUrl, this.#token) });
  }
}

/** A socket that is through the handshake; the client's own would want the browser's WebSocket. */
function signedIn(url: string, token: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url, { handshakeTimeout: CONNECT_MS, maxPayload: 32 * 1024 * 1024 });
    const fail = (error: TwinError): void => {
      clearTimeout(timer);
      socket.removeAllListeners();
      socket.on('error', () => undefined);
      socket.terminate();
      reject(error);
    };
    const timer = setTimeout(() => fail(unreachable()), CONNECT_MS);
    socket.once('error', (cause) => fail(unreachable(cause)));
    socket.once('close', () => fail(unreachable()));
    socket.on('message', (bytes) => {
      const { type, ha_version } = JSON.parse(String(bytes)) as { type: string; ha_version?: string };
      if (type === 'auth_required') socket.send(JSON.stringify({ type: 'auth', access_token: token }));
      if (type === 'auth_invalid') fail(refusedToken());
      if (type !== 'auth_ok') return;
      clearTimeout(timer);
      socket.removeAllListeners();
      // The client hears of a loss by `close`; an `error` that nobody hears would end the process.
      socket.on('error', () => undefined);
      resolve(Object.assign(socket, { haVersion: ha_version ?? '0.0.0' }) as unknown as Socket);
    });
  });
}

/** One line, without what could be taken for markup. */
const plain = (text: unknown): string =>
  String(text)
    .replace(/[\p{Cc}\p{Cf}<>`]+/gu, ' ')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, LONGEST_NAME);

const unreachable = (cause?: unknown): TwinError =>
  new TwinError('TWIN_HA_UNREACHABLE', 'Home Assistant does not answer.', {
    next: 'Check HA_URL and that it runs.',
    retryable: true,
    cause,
  });

const refusedToken = (): TwinError =>
  new TwinError('TWIN_HA_TOKEN', 'Home Assistant does not accept the token.', {
    next: 'Make a long-lived access token in your profile there, and set HA_TOKEN.',
  });
