import type { BootMachine, BootOrder } from '@twin/hashi/boot/boot-kv.js';
import { dhcpMode, readArguments, SERVER, USAGE, usage, type Values } from './arguments.js';
import { ask } from './control.js';
import { PxeError } from './errors.js';
import { parseMac } from './mac.js';
import { writeNetworkFiles } from './network-files.js';
import { runService } from './run-service.js';
import { socketOf } from './service.js';
import { table } from './table.js';

async function writeNetwork(values: Values): Promise<{ file: string; changed: boolean }> {
  const { images, out, interface: name, server } = values;
  if (!images || !out || !name || !/^[\w.-]{1,15}$/.test(name) || !server || !SERVER.test(server)) {
    throw usage('network needs --images, --out, --interface and --server.');
  }
  return writeNetworkFiles(out, { images, interface: name, server, ...dhcpMode(values) });
}

function orderOf(command: string, word: string, { name, disk, wipe, installer }: Values): BootOrder {
  const mac = parseMac(word);
  if (command !== 'allow') return { order: command === 'join' ? 'join' : 'revoke', mac };
  if (!name || !disk) throw usage('allow needs --name and --disk.');
  return { order: 'allow', mac, name, disk, wipe, way: installer ? 'installer' : 'image' };
}

async function main(): Promise<void> {
  const { values, positionals } = readArguments();
  const [command, word = ''] = positionals;
  const socket = socketOf(values.state);
  const print = (text: string): void => void process.stdout.write(text);
  const machines = async () => (await ask(socket, 'GET', '/machines')) as BootMachine[];
  if (values.help || command === undefined) print(USAGE);
  else if (command === 'serve') await runService(values);
  else if (command === 'network') {
    const { file, changed } = await writeNetwork(values);
    print(`${file}\n`);
    if (changed) process.stderr.write('changed\n');
  } else if (command === 'list')
    print(values.json ? `${JSON.stringify(await machines(), null, 2)}\n` : table(await machines()));
  else if (command === 'log') {
    const mac = parseMac(word);
    const lines = (await machines()).find((machine) => machine.mac === mac)?.log ?? [];
    print(lines.map(({ at, line }) => `${new Date(at).toISOString()} ${line}\n`).join(''));
  } else if (['allow', 'revoke', 'join'].includes(command)) {
    const order = orderOf(command, word, values);
    const { phase } = (await ask(socket, 'POST', '/orders', order)) as { phase: string };
    print(`${order.mac} is ${phase}.${command === 'allow' ? ' Start it from the network.' : ''}\n`);
  } else throw usage(`There is no command '${command}'.`);
}

try {
  await main();
} catch (error) {
  const known = error instanceof PxeError ? `${error.code}: ${error.message}\n${error.next}\n` : `${String(error)}\n`;
  process.stderr.write(known);
  process.exitCode = 1;
}
