import { setTimeout as pause } from 'node:timers/promises';
import { TwinError } from '@twin/pipecat-app/errors.js';
import { closeLab, type Lab, openLab } from './open-lab.js';
import { complaint, type Scenario, type Step } from './scenario.js';

const EVERY_MS = 500;

/** What `playSteps` needs of a lab. */
export type Stage = Pick<Lab, 'nodes' | 'node' | 'network'>;

/**
 * Plays a scenario in a lab of its own, which is removed afterwards.
 * @throws TwinError `TWIN_LAB_SCENARIO` with the step that failed and what was seen; `TWIN_LAB_CANNOT` where it cannot run
 */
export async function playScenario(
  scenario: Scenario,
  {
    lab: name,
    keep = false,
    say,
    signal,
  }: { lab: string; keep?: boolean; say: (line: string) => void; signal?: AbortSignal | undefined },
): Promise<void> {
  const { nodes, bpf = false, share = [] } = scenario;
  const lacks = await scenario.lacks?.();
  if (lacks) throw new TwinError('TWIN_LAB_CANNOT', `The scenario ${scenario.name} cannot run: ${lacks}`);
  say(`${scenario.name}: ${scenario.about}`);
  const began = performance.now();
  const lab = await openLab({ name, nodes, bpf, share, say, signal });
  say(`${seconds(began)}  ${nodes} nodes are up`);
  try {
    await playSteps(scenario, lab, { say, signal });
  } finally {
    if (keep) await lab.keep();
    else await closeLab(name);
  }
}

/** Plays the steps of a scenario one after the other. @throws TwinError `TWIN_LAB_SCENARIO` at the first that fails */
export async function playSteps(
  { name, steps }: Pick<Scenario, 'name' | 'steps'>,
  stage: Stage,
  { say, signal }: { say: (line: string) => void; signal?: AbortSignal | undefined },
): Promise<void> {
  for (const step of steps) {
    const began = performance.now();
    try {
      await playStep(step, stage, signal);
    } catch (cause) {
      signal?.throwIfAborted();
      say(`${seconds(began)}  FAILED: ${step.title}`);
      throw new TwinError('TWIN_LAB_SCENARIO', `${name}: ${step.title}: ${(cause as Error).message}`, { cause });
    }
    say(`${seconds(began)}  ${step.title}`);
  }
}

async function playStep(step: Step, stage: Stage, signal?: AbortSignal): Promise<void> {
  if ('run' in step) return ask(step, stage, signal);
  if ('fault' in step) return stage.network.fault(step.fault);
  if ('heal' in step) return stage.network.heal();
  if ('check' in step) return step.check(stage as Lab, signal);
  const node = stage.node(step.node);
  const acts = {
    kill: () => node.kill(),
    start: () => node.start(signal),
    reset: () => node.reset(signal),
    freeze: () => node.freeze(true),
    thaw: () => node.freeze(false),
    plug: () => node.link(true),
    unplug: () => node.link(false),
  };
  return acts[step.act]();
}

/** Runs a step's command where it belongs, again and again where the step has time. */
async function ask(step: Extract<Step, { run: string }>, stage: Stage, signal?: AbortSignal): Promise<void> {
  const late = performance.now() + (step.withinS ?? 0) * 1000;
  const places = step.on === 'every' ? stage.nodes : step.on === 'lab' ? [undefined] : [stage.node(step.on)];
  await Promise.all(
    places.map(async (node) => {
      for (;;) {
        const outcome = node
          ? await node.ssh(step.run, { signal, user: step.as ?? 'root' })
          : await stage.network.run(['bash', '-c', step.run], { signal });
        const wrong = complaint(outcome, step);
        if (!wrong) return;
        if (performance.now() >= late) throw new Error(node ? `on ${node.name}, ${wrong}` : wrong);
        await pause(EVERY_MS, undefined, { signal });
      }
    }),
  );
}

const seconds = (since: number): string => `${((performance.now() - since) / 1000).toFixed(1).padStart(6)} s`;
