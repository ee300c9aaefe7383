import type {
  PowerAnswer,
  PowerMoment,
  PowerNodeView,
  PowerServiceView,
  PowerSpan,
} from '@twin/pipecat-app/server/power-protocol.js';
import { ScriptedEvents } from './scripted-events.js';
import type { ScriptedServer } from './scripted-server.js';

const HOUR_MS = 3_600_000;
/** A moment in the middle of a day; the pictures show it by the clock of the browser. */
const NOW = Date.UTC(2026, 2, 7, 15, 30);

/** Spans that end now, given by how many minutes ago each began, oldest first. */
function spans(...parts: [number, PowerMoment, string?][]): PowerSpan[] {
  return parts.map(([ago, state, why = ''], i) => ({
    state,
    from: NOW - ago * 60_000,
    to: NOW - (parts[i + 1]?.[0] ?? 0) * 60_000,
    why,
  }));
}

const service = (name: string, more: Partial<PowerServiceView> = {}): PowerServiceView => ({
  service: `llama-api-${name}`,
  name,
  job: `${name}-expert`,
  state: 'awake',
  reason: 'it worked 41 s ago, and sleeps after 1800 s',
  idle_seconds: 1800,
  own_threshold: false,
  may_sleep: true,
  wake_at: '',
  min_awake_seconds: null,
  leases: [],
  wh: 61.4,
  answers: 37,
  spans: spans([340, 'awake', 'session kitchen']),
  ...more,
});
const node = (name: string, more: Partial<PowerNodeView> = {}): PowerNodeView => ({
  node: name,
  state: 'awake',
  words: 'Traffic is seen by BPF on 3 interfaces.',
  sees: true,
  wh: 412.6,
  budget_wh: 0,
  quiet_hours: '22:30-06:00',
  quiet: false,
  wol: false,
  spans: spans([1440, 'awake', 'Its power agent tells.']),
  ...more,
});

const view = (): PowerAnswer => ({
  consul: 'ok',
  words: '',
  agents: 2,
  from: NOW - 24 * HOUR_MS,
  to: NOW,
  services: [
    service('coding', {
      spans: spans(
        [330, 'asleep', 'nobody used it for 1800 s'],
        [201, 'waking', 'power-agent attic: a question'],
        [200, 'awake', 'power-agent attic: a question'],
        [120, 'asleep', 'nobody used it for 1800 s'],
        [19, 'waking', '10.0.0.7 connects to its port 8091'],
        [18, 'awake', '10.0.0.7 connects to its port 8091'],
      ),
      leases: [{ by: 'benchmark', until: NOW + HOUR_MS }],
      reason: 'benchmark holds a lease',
    }),
    service('creative', {
      state: 'asleep',
      reason: 'nobody needs it',
      idle_seconds: 600,
      own_threshold: true,
      wake_at: '06:30',
      wh: 8.25,
      answers: 3,
      spans: spans([300, 'awake', 'session kitchen'], [95, 'asleep', 'nobody used it for 600 s']),
    }),
    service('main', {
      job: 'llamacpp-rpc',
      reason: 'its policy keeps it awake',
      may_sleep: false,
      wh: 230.1,
      answers: 412,
      spans: spans([1380, 'awake', 'by hand']),
    }),
  ],
  nodes: [
    node('attic', { budget_wh: 900 }),
    node('cellar', {
      state: 'silent',
      words: 'Its power agent does not tell any more. Is the node switched on, and does the job power-agent run there?',
      sees: false,
      wh: 120.4,
      wol: true,
      spans: spans([700, 'awake'], [400, 'off', 'nothing runs on it'], [130, 'awake'], [12, 'silent']),
    }),
  ],
});

/** Jobs and nodes that sleep and wake as the test says, behind the doors of a scripted server. */
export class ScriptedPower extends ScriptedEvents<PowerAnswer> {
  constructor(server: ScriptedServer) {
    super(server, 'power', view());
    for (const { service: its } of this.view.services)
      for (const door of [`PUT /api/power/${its}`, `POST /api/power/${its}/sleep`, `POST /api/power/${its}/wake`])
        this.takes(server, door);
    for (const { node: its } of this.view.nodes) this.takes(server, `PUT /api/power/nodes/${its}`);
  }

  /** The same service with something else. */
  change(name: string, more: Partial<PowerServiceView>): void {
    this.show({ services: this.view.services.map((one) => (one.name === name ? { ...one, ...more } : one)) });
  }
}
