import { type Signal, signal } from '@preact/signals';
import type { AllowRequest, MachinesAnswer } from '../../../src/server/machines-protocol.js';
import { Doing } from '../link/doing.js';
import { Follow } from '../link/follow.js';

const PATH = '/api/machines';

/** What the page *Nodes* is drawn from: the agent tells what changes while the page is open. */
export class NodesStore extends Follow<MachinesAnswer> {
  readonly doing = new Doing();
  /** The machine that is being allowed. */
  readonly allowing: Signal<string | null> = signal(null);

  constructor() {
    super(PATH, 'machines');
  }

  allow(mac: string, plan: AllowRequest): Promise<boolean> {
    return this.doing.run(
      mac,
      `${PATH}/${mac}/allow`,
      plan,
      'POST',
      `${plan.name} is installed when it starts from the network.`,
    );
  }

  revoke(mac: string, name: string): Promise<boolean> {
    return this.doing.run(mac, `${PATH}/${mac}/revoke`, {}, 'POST', `${name} starts from its disk.`);
  }

  join(mac: string, name: string): Promise<boolean> {
    return this.doing.run(mac, `${PATH}/${mac}/join`, {}, 'POST', `${name} is being taken into the cluster.`);
  }
}
