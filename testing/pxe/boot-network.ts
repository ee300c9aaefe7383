import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ROOT } from '../lab/lab-folders.js';
import { must, run } from '../lab/run-command.js';
import { type Program, startProgram } from './program.js';

export const SERVER = 'http://10.78.0.1:8100';

/** A network of its own with our loaders, our service and nothing else; machines hang on its bridge. */
export type BootNetwork = {
  images: string;
  tools: string;
  folder: string;
  /** What the service said, oldest first. */
  service: Program;
  /** A command inside of the network. */
  inside(command: readonly string[]): string[];
  /** The operator's command line. */
  operator(...words: string[]): Promise<string>;
  /** A cable to the bridge; returns the name of its end. */
  cable(name: string): Promise<string>;
  close(): Promise<void>;
};

const MAIN = join(ROOT, 'pxe', 'dist', 'main.js');

/** The kernel of virtual machines: small, all else is the same. Images are built once, in about two minutes. */
export async function openBootNetwork(folder: string, signal: AbortSignal): Promise<BootNetwork> {
  const images = (
    await must([join(ROOT, 'pxe', 'build-images.sh'), '--kernel', 'linux-image-cloud-amd64'], { signal })
  ).trim();
  const tools = (await must([join(ROOT, 'testing', 'pxe', 'tools.sh')], { signal })).trim();
  const space = `twin-pxe-${process.pid}`;
  const inside = (command: readonly string[]): string[] => ['ip', 'netns', 'exec', space, ...command];
  const programs: Program[] = [];
  const close = async (): Promise<void> => {
    for (const program of programs.reverse()) await program.stop();
    await run(['ip', 'netns', 'delete', space]);
  };
  try {
    await mkdir(folder, { recursive: true });
    await must(['ip', 'netns', 'add', space]);
    for (const line of [
      'link set lo up',
      'link add br0 type bridge forward_delay 0',
      'address add 10.78.0.1/24 dev br0',
      'link set br0 up',
    ]) {
      await must(inside(['ip', ...line.split(' ')]));
    }
    const key = join(folder, 'key');
    await rm(key, { force: true });
    await must(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-C', 'controller', '-f', key]);
    const state = join(folder, 'state');
    const service = startProgram(
      inside([process.execPath, MAIN, 'serve', '--state', state, '--images', images]).concat([
        '--keys',
        `${key}.pub`,
        '--listen',
        '10.78.0.1:8100',
      ]),
    );
    programs.push(service);
    await service.says(/machines can boot/, { signal });
    const network = ['--images', images, '--out', join(folder, 'network'), '--interface', 'br0', '--server', SERVER];
    const range = ['--range', '10.78.0.100,10.78.0.150', '--gateway', '10.78.0.1'];
    const conf = (await must([process.execPath, MAIN, 'network', ...network, ...range])).trim();
    const library = join(tools, 'usr/lib/x86_64-linux-gnu');
    const dnsmasq = startProgram(
      inside([
        'env',
        `LD_LIBRARY_PATH=${library}`,
        join(tools, 'usr/sbin/dnsmasq'),
        '--keep-in-foreground',
        '--user=root',
        `--conf-file=${conf}`,
        `--dhcp-leasefile=${join(folder, 'leases')}`,
        '--pid-file',
        '--log-facility=-',
      ]),
    );
    programs.push(dnsmasq);
    await dnsmasq.says(/started/, { signal });
    return {
      images,
      tools,
      folder,
      service,
      inside,
      operator: (...words) => must([process.execPath, MAIN, ...words, '--state', state], { signal }),
      async cable(name) {
        await must(inside(['ip', 'tuntap', 'add', name, 'mode', 'tap']));
        await must(inside(['ip', 'link', 'set', name, 'master', 'br0', 'up']));
        return name;
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
