import { type BootMachine, type BootOrder, MAC } from '@twin/hashi/boot/boot-kv.js';
import { z } from 'zod';
import type { BootBoard } from '../../cluster/boot-board.js';
import { noNomad, told } from '../../cluster/failure.js';
import { allowRequest } from '../../server/machines-protocol.js';
import { said } from '../say.js';
import type { Tool } from '../tool.js';

const machineArgs = z.strictObject({ mac: z.string().regex(MAC, 'is like 52:54:00:12:34:56') });
const allowArgs = machineArgs.extend(allowRequest.shape);

/** Machines that boot from the network: which one may be installed and join. */
export const machinesTool = (board: BootBoard | undefined): Tool => {
  const needed = (): BootBoard => {
    if (board === undefined) throw noNomad();
    return board;
  };
  const ordered = (order: BootOrder, words: string) => (signal: AbortSignal) =>
    told(async () => {
      await needed().order(order, signal);
      return said(words);
    });
  return {
    name: 'machines',
    description:
      'Machines without an operating system that boot from the network: installing them, and taking them into the cluster.',
    unavailable: () => (board === undefined ? 'There is no cluster that machines could join.' : undefined),
    methods: {
      status: {
        description: 'Which machines asked to boot from the network, and how far each is.',
        args: z.strictObject({}),
        risk: 'read',
        run: () =>
          told(async () => {
            const { machines, words } = await needed().look();
            return said([words, ...machines.map(inWords)].filter(Boolean).join(' ') || 'No machine has asked.');
          }),
      },
      allow: {
        description:
          'Has a machine installed at its next start from the network; wipe says that what is on its disk may go.',
        args: allowArgs,
        // It may end what is on a disk.
        risk: 'sensitive',
        timeoutMs: 20_000,
        effect: ({ mac, name, disk, wipe }: z.infer<typeof allowArgs>) =>
          `Installs ${mac} as ${name} on ${disk === 'auto' ? 'its only disk' : disk}${wipe ? ', and erases what is there' : ', if that is empty'}.`,
        run: (args: z.infer<typeof allowArgs>, { signal }) =>
          ordered({ order: 'allow', ...args }, `${args.name} is installed when it starts from the network.`)(signal),
      },
      revoke: {
        description: 'Sends a machine to its disk; it is not installed.',
        args: machineArgs,
        risk: 'write',
        timeoutMs: 20_000,
        effect: ({ mac }: z.infer<typeof machineArgs>) => `Sends ${mac} to its disk.`,
        run: ({ mac }: z.infer<typeof machineArgs>, { signal }) =>
          ordered({ order: 'revoke', mac }, `${mac} starts from its disk.`)(signal),
      },
      join: {
        description: 'Takes an installed machine into the cluster once more, after that failed.',
        args: machineArgs,
        risk: 'write',
        timeoutMs: 20_000,
        effect: ({ mac }: z.infer<typeof machineArgs>) => `Takes ${mac} into the cluster.`,
        run: ({ mac }: z.infer<typeof machineArgs>, { signal }) =>
          ordered({ order: 'join', mac }, `${mac} is being taken into the cluster.`)(signal),
      },
    },
  };
};

const inWords = ({ name, mac, phase, step, failure }: BootMachine): string =>
  `${name || mac} is ${phase}${phase === 'installing' && step ? ` (${step})` : ''}${failure ? `, after a failure: ${failure}` : ''}.`;
