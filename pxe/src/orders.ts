import { type BootOrder, bootOrder } from '@twin/hashi/boot/boot-kv.js';
import { PxeError } from './errors.js';
import type { Joiner } from './joiner.js';
import { parseMac } from './mac.js';
import type { Machines } from './machines.js';
import type { Phase } from './phase.js';

/** Does what an operator wants, whichever way the order came. */
export type Obey = (order: unknown) => { phase: Phase };

/** @throws PxeError `TWIN_PXE_PLAN` for what is no order, `TWIN_PXE_NAME`, `TWIN_PXE_NOT_INSTALLED`, `TWIN_PXE_NO_CLUSTER` */
export function obeyWith(machines: Machines, joiner: Pick<Joiner, 'ask'> | undefined): Obey {
  return (value) => {
    const order = read(value);
    const mac = parseMac(order.mac);
    switch (order.order) {
      case 'allow': {
        const { name, disk, wipe, way } = order;
        return { phase: machines.allow(mac, { name, disk, wipe, way }).phase };
      }
      case 'revoke':
        return { phase: machines.revoke(mac).phase };
      case 'join': {
        const machine = machines.list().find((one) => one.mac === mac);
        if (!machine?.registered || machine.phase !== 'installed') throw notInstalled(mac);
        if (!joiner) throw noCluster();
        joiner.ask(machine);
        return { phase: machine.phase };
      }
    }
  };
}

function read(value: unknown): BootOrder {
  const { data, error } = bootOrder.safeParse(value);
  if (data) return data;
  throw new PxeError('TWIN_PXE_PLAN', `This cannot be done: ${error.issues[0]?.message}.`, {
    next: 'Give --name worker1 --disk /dev/sda; add --wipe where its data may go.',
  });
}

const notInstalled = (mac: string): PxeError =>
  new PxeError('TWIN_PXE_NOT_INSTALLED', `${mac} is not installed, or is in the cluster already.`, {
    next: 'Look at its phase by `list`; `allow` has it installed.',
    status: 409,
  });

const noCluster = (): PxeError =>
  new PxeError('TWIN_PXE_NO_CLUSTER', 'This service only installs machines; it belongs to no cluster.', {
    next: 'Set it up by the role pxe_server, or join by `./bootstrap.sh --role worker` on the machine.',
    status: 409,
  });
