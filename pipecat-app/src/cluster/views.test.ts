import type { Job } from '@twin/hashi/nomad/job.js';
import { describe, expect, it } from 'vitest';
import { allocation, expert, instance, job, node, says, task } from './cluster-data.fixture.js';
import { type ExpertSources, expertViews } from './expert-views.js';
import { jobView } from './job-views.js';
import { nodeViews } from './node-views.js';
import type { Allocation } from './survey.js';

describe('a node', () => {
  const stateOf = (change: Parameters<typeof node>[0]) =>
    nodeViews({ nodes: [node(change)], allocations: [] })[0]?.state;

  it('is awake only when it takes jobs', () => {
    expect(stateOf({})).toBe('awake');
    expect(stateOf({ Drain: true })).toBe('degraded');
    expect(stateOf({ SchedulingEligibility: 'ineligible' })).toBe('degraded');
    expect(stateOf({ Status: 'initializing' })).toBe('loading');
    expect(stateOf({ Status: 'down' })).toBe('lost');
    expect(stateOf({ Status: 'disconnected' })).toBe('lost');
  });

  it('tells its size and what runs there', () => {
    const stopped = allocation('old', { DesiredStatus: 'stop', ClientStatus: 'complete' });
    const [view] = nodeViews({ nodes: [node()], allocations: [allocation('b'), allocation('a'), stopped] });
    expect(view).toMatchObject({ cores: 2, memory_mb: 3936, cpu: 'Core 2', jobs: ['a', 'b'] });
  });
});

describe('a job', () => {
  const state = (its: Job, ...allocations: Allocation[]) => {
    const { state, words } = jobView(its, allocations);
    return [state, words];
  };

  it('is awake when all that is wanted runs', () => {
    expect(state(job('x'), allocation('x'))).toEqual(['awake', 'It runs.']);
    const worker = allocation('x', { TaskGroup: 'rpc' });
    expect(state(job('x', {}, 1), allocation('x'), worker)).toEqual(['awake', 'All 2 run.']);
  });

  it('is degraded when a part of it runs', () => {
    expect(state(job('x', {}, 2), allocation('x'))).toEqual(['degraded', 'Only 0 of 2 of rpc run.']);
  });

  it('is asleep when it was stopped or scaled to none, and a batch job that is done', () => {
    expect(state(job('x', { Stop: true }), allocation('x'))).toEqual(['asleep', 'It was stopped.']);
    const none = job('x');
    none.TaskGroups = none.TaskGroups.map((group) => ({ ...group, Count: 0 }));
    expect(state(none)).toEqual(['asleep', 'It is scaled to none.']);
    const done = job('x', { Type: 'batch', Status: 'dead' });
    expect(state(done, allocation('x', { ClientStatus: 'complete' }))).toEqual(['asleep', 'It has run to its end.']);
  });

  it('is loading while nothing has failed yet', () => {
    expect(state(job('x'))).toEqual(['loading', 'It waits for a node that can take it.']);
    const pending = allocation('x', {
      ClientStatus: 'pending',
      TaskStates: { head: task({ State: 'pending', Events: says('Building Task Directory') }) },
    });
    expect(state(job('x'), pending)).toEqual(['loading', 'It is being started. Building Task Directory']);
  });

  it('is lost when it should run and fails, with Nomad’s newest words', () => {
    const Events = [...says('Started', 1), ...says('Exit Code: 1', 2)];
    const failed = allocation('x', {
      ClientStatus: 'failed',
      TaskStates: { head: task({ State: 'dead', Failed: true, Events }) },
    });
    expect(state(job('x'), failed)).toEqual(['lost', 'Nothing of it runs. Exit Code: 1']);
    const restarting = allocation('x', { TaskStates: { head: task({ State: 'pending', Restarts: 3, Events }) } });
    expect(state(job('x'), restarting)[0]).toBe('lost');
    expect(state(job('x', { Type: 'batch', Status: 'dead' }), failed)).toEqual([
      'lost',
      'Its last run failed. Exit Code: 1',
    ]);
  });
});

describe('an expert', () => {
  const view = (change: Partial<ExpertSources>) => {
    const nothing = {
      jobs: [],
      allocations: [],
      nodes: [],
      experts: [],
      measured: new Map(),
      own: undefined,
      current: true,
    };
    return expertViews({ ...nothing, ...change })[0];
  };

  it('that answers is awake, with what is known of it', () => {
    const measured = new Map([['math-1', { slots: { total: 2, busy: 1 }, tokensPerSecond: 6.4 }]]);
    const jobs = [job('math-expert')];
    expect(
      view({ experts: [expert('math', [instance('math')])], jobs, allocations: [allocation('math-expert')], measured }),
    ).toEqual({
      state: 'awake',
      words: 'It answers.',
      ok: true,
      name: 'math',
      model: 'small',
      node: 'attic',
      context: 4096,
      slots: { total: 2, busy: 1 },
      tokens_per_second: 6.4,
      job: 'math-expert',
      place: 'cluster',
    });
  });

  it('that answers with a fallback, or with a part of its servers, is degraded', () => {
    const fallback = view({ experts: [expert('math', [instance('math', { degraded: true })])] });
    expect(fallback).toMatchObject({ state: 'degraded', ok: true, words: expect.stringContaining('first choice') });
    const half = [instance('math'), instance('math', { id: 'math-2', healthy: false })];
    expect(view({ experts: [expert('math', half)] })).toMatchObject({
      state: 'degraded',
      words: 'It answers, but 1 of its servers do not.',
    });
  });

  it('whose head runs without a service yet is loading, one whose check fails is lost', () => {
    const running = { jobs: [job('math-expert')], allocations: [allocation('math-expert')] };
    expect(view(running)).toMatchObject({ state: 'loading', ok: false, name: 'math', node: 'attic' });
    const ill = [expert('math', [instance('math', { healthy: false })])];
    expect(view({ ...running, experts: ill })).toMatchObject({
      state: 'lost',
      words: expect.stringContaining('check fails'),
    });
  });

  it('whose job is stopped is asleep, and one that fails is lost with the reason', () => {
    expect(view({ jobs: [job('math-expert', { Stop: true })] })).toMatchObject({ state: 'asleep' });
    expect(view({ experts: [expert('math', [], { state: 'asleep' })] })).toMatchObject({ state: 'asleep' });
    const failed = allocation('math-expert', {
      ClientStatus: 'failed',
      TaskStates: { head: task({ State: 'dead', Failed: true, Events: says('Exit Code: 1') }) },
    });
    expect(view({ jobs: [job('math-expert')], allocations: [failed] })).toMatchObject({
      state: 'lost',
      words: 'Nothing of it runs. Exit Code: 1',
    });
  });

  it('outside of the cluster that is silent names its setting', () => {
    const outside = instance('claude', { external: true, healthy: false });
    outside.endpoint.settings.address = 'EXPERTS';
    expect(view({ experts: [expert('claude', [outside])] })).toMatchObject({
      state: 'lost',
      place: 'outside',
      words: 'It does not answer. Check EXPERTS.',
    });
  });

  it('is shown as it was known last while Consul is silent, and the own model beside it', () => {
    expect(view({ experts: [expert('math', [instance('math')])], current: false })?.words).toContain('known last');
    const own = { name: 'tiny', ok: false, detail: 'It is starting.', tokensPerSecond: null };
    expect(view({ own })).toMatchObject({ name: 'tiny', place: 'own', state: 'lost', words: 'It is starting.' });
  });

  it('has the job that runs, not the one that was stopped before', () => {
    const old = job('math-expert', { Stop: true });
    const present = { ...job('math-expert'), ID: 'math-2' };
    for (const jobs of [
      [old, present],
      [present, old],
    ])
      expect(view({ jobs })?.job).toBe('math-2');
  });
});
