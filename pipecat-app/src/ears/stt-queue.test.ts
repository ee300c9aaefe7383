import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EMPTY, enter, type Job, leave, type Queue } from './stt-queue.js';

const final = (id: number): Job => ({ id, kind: 'final' });
const partial = (id: number): Job => ({ id, kind: 'partial' });

describe('the queue of the ear', () => {
  it('starts a job at once when nothing runs', () => {
    expect(enter(EMPTY, partial(1))).toMatchObject({ start: partial(1) });
  });

  it('refuses a partial that finds other work', () => {
    const busy = enter(EMPTY, final(1)).queue;
    expect(enter(busy, partial(2))).toEqual({ queue: busy, refuse: partial(2) });
  });

  it('ends a running partial for a final, which starts when the partial has left', () => {
    const waiting = enter(enter(EMPTY, partial(1)).queue, final(2));
    expect(waiting.abort).toEqual(partial(1));
    expect(waiting.start).toBeUndefined();
    expect(leave(waiting.queue, 1).start).toEqual(final(2));
  });

  it('lets a running final finish', () => {
    expect(enter(enter(EMPTY, final(1)).queue, final(2)).abort).toBeUndefined();
  });

  it('forgets a final that is cancelled while it waits', () => {
    const queue = enter(enter(EMPTY, final(1)).queue, final(2)).queue;
    expect(leave(leave(queue, 2).queue, 1)).toEqual({ queue: EMPTY });
  });

  it('runs every final exactly once, in order, whatever else happens', () => {
    const event = fc.oneof(fc.constant('partial'), fc.constant('final'), fc.constant('done'));
    fc.assert(
      fc.property(fc.array(event, { maxLength: 60 }), (events) => {
        let queue: Queue = EMPTY;
        const asked: number[] = [];
        const started: number[] = [];
        const done = () => {
          if (queue.running === undefined) return;
          const step = leave(queue, queue.running.id);
          if (step.start) started.push(step.start.id);
          queue = step.queue;
        };
        for (const [id, what] of events.entries()) {
          if (what === 'done') done();
          else {
            const job: Job = { id, kind: what === 'final' ? 'final' : 'partial' };
            const step = enter(queue, job);
            if (job.kind === 'final') asked.push(id);
            if (step.start?.kind === 'final') started.push(id);
            queue = step.queue;
            expect(queue.waiting.every(({ kind }) => kind === 'final')).toBe(true);
          }
        }
        while (queue.running !== undefined) done();
        expect(started).toEqual(asked);
      }),
    );
  });
});
