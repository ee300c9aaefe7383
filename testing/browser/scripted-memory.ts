import type { FactView, StateView } from '@twin/pipecat-app/server/memory-protocol.js';
import { answer, type ScriptedServer } from './scripted-server.js';

const fact = (id: number, text: string, more: Partial<FactView> = {}): FactView => ({
  id,
  text,
  ts: '2026-03-01T10:00:00.000Z',
  source: 'conversation',
  pinned: false,
  enabled: true,
  used: 0,
  superseded_by: null,
  ...more,
});

/** The memory's doors, with three facts and one saved state behind them. */
export class ScriptedMemory {
  role: 'viewer' | 'operator' | 'admin' = 'admin';
  facts = [
    fact(3, 'The spare key is under the blue pot.', { source: 'told', pinned: true }),
    fact(2, 'I like jazz.', { used: 2 }),
    fact(1, 'I live in Bonn.'),
  ];
  states: StateView[] = [{ name: 'monday', ts: '2026-03-02T10:00:00.000Z', bytes: 20_000 }];
  /** What was asked for besides looking, oldest first. */
  readonly asked: string[] = [];

  constructor(server: ScriptedServer) {
    const door = (name: string, act: (body: never, query: URLSearchParams) => [number, object]): void => {
      server.doors.set(name, (request, response, body) => {
        if (!name.startsWith('GET')) this.asked.push(`${name} ${JSON.stringify(body) ?? ''}`.trim());
        const [status, value] = act(body as never, new URL(request.url ?? '/', 'http://localhost').searchParams);
        answer(response, status, value);
      });
    };
    door('GET /api/session', () => [200, { role: this.role }]);
    door('GET /api/memory', (_, query) => {
      const ids = query.get('ids')?.split(',').map(Number);
      const facts = this.facts.filter(({ id }) => ids?.includes(id) ?? true);
      return [200, { facts, total: facts.length }];
    });
    door('GET /api/memory/search', () => [200, { facts: [{ ...this.facts[0], score: 0.71 }], meaning: true }]);
    door('GET /api/memory/states', () => [200, { states: this.states }]);
    door('POST /api/memory', ({ text }: { text: string }) => {
      this.facts = [fact(4, text, { source: 'told' }), ...this.facts];
      return [201, { fact: this.facts[0], how: 'new' }];
    });
    door('PATCH /api/memory/2', (change: Partial<FactView>) => {
      this.facts = this.facts.map((one) => (one.id === 2 ? { ...one, ...change } : one));
      return [200, { fact: this.facts.find(({ id }) => id === 2) }];
    });
    const [, jazz] = this.facts;
    door('DELETE /api/memory/2', () => {
      this.facts = this.facts.filter(({ id }) => id !== 2);
      return [200, { fact: jazz }];
    });
    door('POST /api/memory/2/restore', () => {
      this.facts = [...this.facts, jazz as FactView];
      return [200, { fact: jazz }];
    });
    door('POST /api/memory/states', ({ name }: { name: string }) => {
      this.states = [{ name, ts: '2026-03-03T10:00:00.000Z', bytes: 1000 }, ...this.states];
      return [201, { facts: 3 }];
    });
    door('POST /api/memory/states/monday/load', () => [200, { facts: 7 }]);
    door('DELETE /api/memory/states/monday', () => {
      this.states = [];
      return [200, {}];
    });
    door('POST /api/memory/import', () => [
      400,
      { error: { code: 'TWIN_MEMORY_ARCHIVE', message: 'This is no usable memory archive.', next: 'Use another.' } },
    ]);
  }
}
