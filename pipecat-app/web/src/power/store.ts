import { type Signal, signal } from '@preact/signals';
import type { PowerAnswer, PowerServiceView, PowerSettings } from '../../../src/server/power-protocol.js';
import { Doing } from '../link/doing.js';
import { Follow } from '../link/follow.js';

const PATH = '/api/power';

/** What the page *Power* is drawn from: the agent tells what changes while the page is open. */
export class PowerStore extends Follow<PowerAnswer> {
  readonly doing = new Doing();
  /** Whose settings are open. */
  readonly settings: Signal<string | null> = signal(null);

  constructor() {
    super(PATH, 'power');
  }

  sleep({ service, name }: PowerServiceView): Promise<boolean> {
    return this.doing.run(service, `${of(service)}/sleep`, {}, 'POST', `${name} is going to sleep.`);
  }

  wake({ service, name }: PowerServiceView): Promise<boolean> {
    return this.doing.run(service, `${of(service)}/wake`, {}, 'POST', `${name} is waking up.`);
  }

  set({ service, name }: PowerServiceView, settings: PowerSettings): Promise<boolean> {
    return this.doing.run(service, of(service), settings, 'PUT', `The settings of ${name} are saved.`);
  }

  suspendable(node: string, wol: boolean): Promise<boolean> {
    const words = wol ? `${node} may be suspended.` : `${node} stays on.`;
    return this.doing.run(`node ${node}`, `${PATH}/nodes/${encodeURIComponent(node)}`, { wol }, 'PUT', words);
  }
}

const of = (service: string): string => `${PATH}/${encodeURIComponent(service)}`;
