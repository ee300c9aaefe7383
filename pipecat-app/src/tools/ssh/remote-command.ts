import type { ClientChannel, ConnectConfig } from 'ssh2';
import { TwinError } from '../../errors.js';
import { OutputWindow } from '../output-window.js';
import type { InventoryHost } from './inventory.js';
import { algorithmsOf, fingerprint, type HostKey } from './known-hosts.js';

/** What a command printed, both streams in the order they came. `code` is null when a signal ended it. */
export type RemoteResult = { code: number | null; output: string; cut: boolean };

export type RemoteCommand = {
  host: InventoryHost;
  user: string;
  privateKey: Buffer;
  pinned: readonly HostKey[];
  command: string;
  /** More output than this many bytes ends the command. */
  maxBytes: number;
};

const READY_MS = 10_000;
/** A connection that does not end by itself is cut after so long. */
const STOP_MS = 3000;
/**
 * Ends the other commands of this connection: closing it would leave them running, and sshd ignores signal requests of
 * root's sessions. Each command leads a process group whose parent is the connection's own sshd.
 */
const KILL_OTHERS = 'for p in $(ps -o pid= --ppid $PPID); do [ "$p" = $$ ] || kill -KILL -- -$p; done';

/**
 * Runs a command on a machine whose key is pinned. An abort ends the command there and the connection here.
 * @throws TwinError `TWIN_SSH_HOST_KEY` (it shows another key), `TWIN_SSH_LOGIN`, `TWIN_SSH_UNREACHABLE`; AbortError
 */
export async function runRemote(what: RemoteCommand, signal: AbortSignal): Promise<RemoteResult> {
  const { Client } = await import('ssh2');
  signal.throwIfAborted();
  const client = new Client();
  let shown: Buffer | undefined;
  let channel: ClientChannel | undefined;
  let giveUp: NodeJS.Timeout | undefined;
  const stop = (): void => {
    giveUp ??= setTimeout(() => client.destroy(), STOP_MS);
    if (channel === undefined) client.destroy();
    else
      client.exec(KILL_OTHERS, (error, killing) =>
        error ? client.end() : killing.on('close', () => client.end()).resume(),
      );
  };
  signal.addEventListener('abort', stop, { once: true });
  try {
    channel = await new Promise<ClientChannel>((resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
      client.on('error', (error) => reject(reason(error, what.host, shown)));
      client.on('close', () => reject(unreachable(what.host)));
      client.on('ready', () => {
        client.exec(what.command, (error, opened) => (error ? reject(unreachable(what.host, error)) : resolve(opened)));
      });
      client.connect(
        connection(what, (key) => {
          shown = key;
        }),
      );
    });
    if (signal.aborted) stop();
    const result = await collect(channel, what.maxBytes, stop);
    signal.throwIfAborted();
    return result;
  } finally {
    signal.removeEventListener('abort', stop);
    clearTimeout(giveUp);
    client.destroy();
  }
}

function connection({ host, user, privateKey, pinned }: RemoteCommand, onKey: (key: Buffer) => void): ConnectConfig {
  const good = pinned.filter(({ revoked }) => !revoked);
  return {
    host: host.address,
    port: host.port,
    username: user,
    privateKey,
    readyTimeout: READY_MS,
    authHandler: ['publickey'],
    agentForward: false,
    // Only keys of a pinned kind are asked for, else a machine with several keys might show another one first.
    algorithms: { serverHostKey: [...new Set(good.flatMap(({ type }) => algorithmsOf(type)))] as never },
    hostVerifier: (key: Buffer) => {
      onKey(key);
      const revoked = pinned.some((known) => known.revoked && known.key.equals(key));
      return !revoked && good.some((known) => known.key.equals(key));
    },
  };
}

async function collect(channel: ClientChannel, maxBytes: number, stop: () => void): Promise<RemoteResult> {
  const window = new OutputWindow();
  let bytes = 0;
  let cut = false;
  const take = (stream: NodeJS.ReadableStream): void => {
    const decoder = new TextDecoder();
    stream.on('data', (piece: Buffer) => {
      if (cut) return;
      bytes += piece.length;
      window.add(decoder.decode(piece, { stream: true }));
      if (bytes <= maxBytes) return;
      cut = true;
      stop();
    });
  };
  take(channel);
  take(channel.stderr);
  channel.end();
  return await new Promise<RemoteResult>((resolve) => {
    let code: number | null = null;
    channel.on('exit', (status: number | null) => {
      code = status;
    });
    channel.on('error', () => {});
    channel.on('close', () => resolve({ code, output: window.text(), cut }));
  });
}

const unreachable = (host: InventoryHost, cause?: unknown): TwinError =>
  new TwinError('TWIN_SSH_UNREACHABLE', `${host.name} does not answer at ${host.address} port ${host.port}.`, {
    next: 'See whether it is switched on and whether SSH runs there.',
    retryable: true,
    cause,
  });

function reason(error: Error & { level?: string }, host: InventoryHost, shown: Buffer | undefined): TwinError {
  if (error.level === 'client-authentication')
    return new TwinError('TWIN_SSH_LOGIN', `${host.name} does not accept the agent's key.`, {
      next: `Add the public key of the agent to authorized_keys there.`,
      cause: error,
    });
  const differs = /verif/i.test(error.message) || /host key/i.test(error.message);
  if (!differs) return unreachable(host, error);
  const print = shown === undefined ? '' : ` (${fingerprint(shown)})`;
  return new TwinError('TWIN_SSH_HOST_KEY', `${host.name} shows another key${print} than the one that is pinned.`, {
    next: 'Somebody may be in between. If the machine was installed again, compare this key on its own screen, then replace its line in known_hosts.',
    cause: error,
  });
}
