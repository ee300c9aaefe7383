import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { PxeError } from './errors.js';

const run = promisify(execFile);
/** As long as a machine may lie installed and switched off before it registers. */
const DAYS = '7300';

/** A key and a certificate for it, both PEM. */
export type Certificate = { key: string; cert: string };

/**
 * The service's own certificate for `host`, made once in the folder `state`. Nobody signs it: a machine is given it with its
 * configuration and trusts this one only.
 * @throws PxeError `TWIN_PXE_CERTIFICATE`
 */
export async function ownCertificate(state: string, host: string): Promise<Certificate> {
  const home = join(state, `tls-${host.replace(/[^\w.-]/g, '_')}`);
  try {
    return await read(home);
  } catch {
    // Not made yet.
  }
  const folder = await mkdtemp(join(state, '.tls-'));
  try {
    const name = `subjectAltName=${isIP(host) ? 'IP' : 'DNS'}:${host}`;
    await run('openssl', [
      ...'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj'.split(' '),
      '/CN=Twin network boot',
      ...['-days', DAYS, '-addext', name],
      ...['-keyout', join(folder, 'key.pem'), '-out', join(folder, 'cert.pem')],
    ]);
    await rename(folder, home);
    return await read(home);
  } catch (cause) {
    await rm(folder, { recursive: true, force: true });
    throw new PxeError('TWIN_PXE_CERTIFICATE', `No certificate could be made for ${host}.`, {
      next: `Is openssl installed, and may this user write to ${state}?`,
      cause,
    });
  }
}

async function read(home: string): Promise<Certificate> {
  const [key, cert] = await Promise.all(['key.pem', 'cert.pem'].map((name) => readFile(join(home, name), 'utf8')));
  return { key: key ?? '', cert: cert ?? '' };
}
