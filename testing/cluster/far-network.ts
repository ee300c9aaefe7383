import { execFile, execFileSync } from 'node:child_process';
import { promisify } from 'node:util';
import { TwinError } from '@twin/pipecat-app/errors.js';

/** Addresses that are for tests of networks alone (RFC 2544), on the two ends of one cable. */
const HERE = '198.18.77.1';
const THERE = '198.18.77.2';

const ip = (...args: string[]): Promise<{ stdout: string }> => promisify(execFile)('ip', args);

/** A network of its own for a second node of this machine, and the only cable to it. Needs the rights of root. */
export class FarNetwork {
  readonly here = HERE;
  readonly there = THERE;
  readonly name: string;
  readonly #near: string;
  readonly #far: string;

  private constructor(id: number) {
    this.name = `twin-far-${id}`;
    // Names of links have at most 15 characters.
    this.#near = `twn${id}`;
    this.#far = `twf${id}`;
  }

  /** @throws TwinError `TWIN_CLUSTER_NETWORK` where this process may not make networks */
  static async open(): Promise<FarNetwork> {
    const network = new FarNetwork(process.pid);
    try {
      await ip('netns', 'add', network.name);
      await ip('link', 'add', network.#near, 'type', 'veth', 'peer', 'name', network.#far, 'netns', network.name);
      await ip('address', 'add', `${HERE}/30`, 'dev', network.#near);
      await ip('link', 'set', network.#near, 'up');
      await ip('-n', network.name, 'address', 'add', `${THERE}/30`, 'dev', network.#far);
      await ip('-n', network.name, 'link', 'set', 'lo', 'up');
      await ip('-n', network.name, 'link', 'set', network.#far, 'up');
      return network;
    } catch (cause) {
      await network.close();
      throw new TwinError('TWIN_CLUSTER_NETWORK', `A network of its own cannot be made: ${(cause as Error).message}`, {
        next: 'Run this test as root, on a machine whose kernel has network namespaces and veth.',
        cause,
      });
    }
  }

  /** What a program is started with to run over there. */
  get inside(): readonly [string, ...string[]] {
    return ['ip', 'netns', 'exec', this.name];
  }

  /**
   * Pulls the cable at the far end: what is sent there is lost without a word. At this end the route would go too, and
   * packets would leave this machine.
   */
  cut(): void {
    execFileSync('ip', ['-n', this.name, 'link', 'set', this.#far, 'down']);
  }

  restore(): void {
    execFileSync('ip', ['-n', this.name, 'link', 'set', this.#far, 'up']);
  }

  /** Whether anything of it is there. */
  async exists(): Promise<boolean> {
    const [{ stdout: names }, { stdout: links }] = await Promise.all([ip('netns', 'list'), ip('-o', 'link')]);
    return names.includes(this.name) || links.includes(this.#near);
  }

  async close(): Promise<void> {
    await ip('link', 'delete', this.#near).catch(() => undefined);
    await ip('netns', 'delete', this.name).catch(() => undefined);
  }
}
