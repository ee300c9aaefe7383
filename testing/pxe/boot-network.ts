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
  /** State of the service, and the key that it lets in. */
  state: string;
  key: string;
  /** What the service said, oldest first. */
  service: Program;
  dnsmasq: Program;
  /** A command inside of the network. */
  inside(command: readonly string[]): string[];
  /** The operator's command line. */
  operator(...words: string[]): Promise<string>;
  /** A cable to the bridge; returns the name of its end. */
  cable(name: string): Promise<string>;
  close(): Promise<void>;
};

/**
 * `full`: ours is the only DHCP server. `proxy`: a router of its own gives addresses, as at home, and knows nothing of booting.
 */
export type Dhcp = 'full' | 'proxy';
export type BootNetworkOptions = {
  dhcp?: Dhcp;
  /** Where loaders get their first script from, if not from the service. */
  scripts?: string;
};

const MAIN = join(ROOT, 'pxe', 'dist', 'main.js');

/** The kernel of virtual machines: small, all else is the same. Images are built once, in about two minutes. */
export async function openBootNetwork(
  folder: string,
  signal: AbortSignal,
  { dhcp = 'full', scripts = SERVER }: BootNetworkOptions = {},
): Promise<BootNetwork> {
  const images = (
    await must([join(ROOT, 'pxe', 'build-images.sh'), '--kernel', 'linux-image-cloud-amd64'], { signal })
  ).trim();
  const tools = (await must([join(ROOT, 'testing', 'pxe', 'tools.sh')], { signal })).trim();
  const space = `twin-pxe-${process.pid}`;
  const inside = (command: readonly string[]): string[] => ['ip', 'netns', 'exec', space, ...command];
  const programs: Program[] = [];
  const close = async (): Promise<void> => {
    for (const program of programs.reverse()) await program.stop();
    await run(['ip', 'netns', 'delete', `${space}-router`]);
    await run(['ip', 'netns', 'delete', space]);
  };
  const ip = (line: string): Promise<string> => must(inside(['ip', ...line.split(' ')]));
  const startDnsmasq = async (where: string[], ...args: string[]): Promise<Program> => {
    const library = join(tools, 'usr/lib/x86_64-linux-gnu');
    const words = ['--keep-in-foreground', '--user=root', '--pid-file', '--log-facility=-', ...args];
    const program = startProgram([
      ...where,
      'env',
      `LD_LIBRARY_PATH=${library}`,
      join(tools, 'usr/sbin/dnsmasq'),
      ...words,
    ]);
    programs.push(program);
    await program.says(/started/, { signal });
    return program;
  };
  try {
    await mkdir(folder, { recursive: true });
    await must(['ip', 'netns', 'add', space]);
    await ip('link set lo up');
    await ip('link add br0 type bridge forward_delay 0');
    await ip('address add 10.78.0.1/24 dev br0');
    await ip('link set br0 up');
    if (dhcp === 'proxy') await openRouter(space, folder, ip, startDnsmasq);
    const key = join(folder, 'key');
    await rm(key, { force: true });
    await must(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-C', 'controller', '-f', key]);
    const state = join(folder, 'state');
    const serve = ['serve', '--state', state, '--images', images, '--keys', `${key}.pub`, '--listen', '10.78.0.1:8100'];
    const service = startProgram(inside([process.execPath, MAIN, ...serve]));
    programs.push(service);
    await service.says(/machines can boot/, { signal });
    const network = ['--images', images, '--out', join(folder, 'network'), '--interface', 'br0', '--server', scripts];
    const range = ['--range', '10.78.0.100,10.78.0.150', '--gateway', '10.78.0.1'];
    const mode = dhcp === 'full' ? range : ['--proxy', '10.78.0.0'];
    const conf = (await must([process.execPath, MAIN, 'network', ...network, ...mode])).trim();
    const leases = `--dhcp-leasefile=${join(folder, 'leases')}`;
    const dnsmasq = await startDnsmasq(inside([]), `--conf-file=${conf}`, leases);
    return {
      ...{ images, tools, folder, state, key, service, dnsmasq, inside },
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

/** A home's router: addresses, a way out, a name server, and nothing about booting. */
async function openRouter(
  space: string,
  folder: string,
  ip: (line: string) => Promise<string>,
  startDnsmasq: (where: string[], ...args: string[]) => Promise<Program>,
): Promise<void> {
  const router = `${space}-router`;
  await must(['ip', 'netns', 'add', router]);
  await ip(`link add router type veth peer name lan netns ${router}`);
  await ip('link set router master br0 up');
  const there = ['ip', 'netns', 'exec', router];
  await must([...there, 'ip', 'link', 'set', 'lo', 'up']);
  await must([...there, 'ip', 'address', 'add', '10.78.0.254/24', 'dev', 'lan']);
  await must([...there, 'ip', 'link', 'set', 'lan', 'up']);
  const words =
    '--port=0 --interface=lan --bind-interfaces --log-dhcp --dhcp-range=10.78.0.100,10.78.0.150,1h --conf-file=/dev/null';
  await startDnsmasq(there, ...words.split(' '), `--dhcp-leasefile=${join(folder, 'router-leases')}`);
}
