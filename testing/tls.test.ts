import { once } from 'node:events';
import { readFile, stat } from 'node:fs/promises';
import { get } from 'node:https';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { checkServerIdentity, type PeerCertificate, type TLSSocket } from 'node:tls';
import { openEchoAgent } from '@twin/pipecat-app/server/echo-agent.fixture.js';
import { temporaryFolder } from '@twin/pipecat-app/temporary-folder.fixture.js';
import { beforeEach, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { library } from './bash.fixture.js';

let home: string;
beforeEach(() => {
  home = temporaryFolder();
});

const run = async (script: string, where = home): Promise<string> => {
  const { code, out, err } = await library(where, script);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  return out;
};
const file = (name: string) => join(home, 'tls', name);
const ca = () => readFile(file('ca.pem'), 'utf8');

/** A machine with this address in the local network, whatever this one has. */
const at = (address: string) => `hostname() { echo ${address}; };`;

describe('the files of bootstrap.sh --lan', () => {
  test('are a certificate, signed by an own authority, and private keys; a second run keeps both', async () => {
    expect(await run('plan_tls')).toContain('make a certificate authority');
    await run('do_tls; openssl verify -CAfile "$TWIN_HOME/tls/ca.pem" "$TWIN_HOME/tls/cert.pem"');
    const mode = async (name: string) => ((await stat(file(name))).mode & 0o777).toString(8);
    expect([await mode('ca.key'), await mode('key.pem'), await mode('ca.pem')]).toEqual(['600', '600', '644']);
    const names = await run('openssl x509 -in "$TWIN_HOME/tls/cert.pem" -noout -ext subjectAltName,basicConstraints');
    expect(names).toMatch(/DNS:localhost, IP Address:127\.0\.0\.1[\s\S]*CA:FALSE/);
    expect(await run('plan_tls')).toBe('');
  });

  test('get a new certificate when the old one ends within 30 days', async () => {
    await run(`openssl() { command openssl "\${@/#397/20}"; }; do_tls`);
    expect(await run('plan_tls')).toBe('renew the certificate of this machine');
    await run('do_tls');
    expect(await run('plan_tls')).toBe('');
  });
});

type Answer = { status: number | undefined; body: string; certificate: PeerCertificate };

/** `GET url` by a client that trusts only `authority`. */
async function request(url: string, authority: string): Promise<Answer> {
  const sent = get(url, { ca: authority, agent: false });
  const [response] = (await once(sent, 'response')) as [import('node:http').IncomingMessage];
  const certificate = (response.socket as TLSSocket).getPeerCertificate();
  return { status: response.statusCode, body: await text(response), certificate };
}

describe('the server with these files', () => {
  const open = () => openEchoAgent({ TWIN_TLS_CERT: file('cert.pem'), TWIN_TLS_KEY: file('key.pem') });

  test('answers over https and wss to who trusts the authority', async () => {
    await run('do_tls');
    const echo = await open();
    try {
      expect(echo.url).toMatch(/^https:\/\/localhost:/);
      const { status, body } = await request(`${echo.url}/health`, await ca());
      expect([status, JSON.parse(body)]).toMatchObject([200, { status: 'ok' }]);
      const headers = echo.as('operator');
      const socket = new WebSocket(`${echo.url.replace('https', 'wss')}/ws/audio`, { ca: await ca(), headers });
      const [hello] = (await once(socket, 'message')) as [Buffer];
      expect(JSON.parse(hello.toString())).toMatchObject({ type: 'hello' });
      socket.send(Buffer.alloc(640));
      const [sound, binary] = (await once(socket, 'message')) as [Buffer, boolean];
      expect([binary, sound.byteLength]).toEqual([true, 648]);
      socket.close();
      await once(socket, 'close');
    } finally {
      await echo.close();
    }
  });

  test('is refused by who trusts another authority, and by who asks without encryption', async () => {
    await run('do_tls');
    const other = join(home, 'other');
    await run('do_tls', other);
    const foreign = await readFile(join(other, 'tls', 'ca.pem'), 'utf8');
    const echo = await open();
    try {
      await expect(request(`${echo.url}/health`, foreign)).rejects.toThrow(/certificate/);
      const socket = new WebSocket(`${echo.url.replace('https', 'wss')}/ws`, { ca: foreign });
      expect((await once(socket, 'error').catch((error: Error) => [error]))[0]).toMatchObject({
        message: expect.stringContaining('certificate'),
      });
      await expect(fetch(`${echo.url.replace('https', 'http')}/health`)).rejects.toThrow();
    } finally {
      await echo.close();
    }
  });

  test('has a certificate for the new address after the machine moved, from the authority that devices trust', async () => {
    await run(`${at('192.0.2.7')} do_tls`);
    const trusted = await ca();
    expect(await run(`${at('192.0.2.7')} plan_tls`)).toBe('');
    expect(await run(`${at('192.0.2.8')} plan_tls`)).toBe('renew the certificate of this machine');
    await run(`${at('192.0.2.8')} do_tls`);
    expect(await ca()).toBe(trusted);
    const echo = await open();
    try {
      const { status, certificate } = await request(`${echo.url}/health`, trusted);
      expect(status).toBe(200);
      expect(checkServerIdentity('192.0.2.8', certificate)).toBeUndefined();
      expect(checkServerIdentity('192.0.2.7', certificate)).toBeInstanceOf(Error);
    } finally {
      await echo.close();
    }
  });
});
