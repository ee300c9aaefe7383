import { setImmediate as nextTurn } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { Detector } from './detector.js';
import type { Op, WorkerMessage, WorkerStart } from './silero-messages.js';
import { loadSilero, SILERO, type SileroMemory, type SileroModel } from './silero-model.js';
import type { VadEvent } from './vad.js';

/**
 * Peak of a frame, in steps of 16-bit audio, under which the model is not asked: -66 dB of full scale is what a closed
 * or suppressed microphone sends; docs/decisions/vad.md has the measurement.
 */
const SILENCE_PEAK = 16;
/** Frames per session that are run before their events are posted: 0.5 s of audio when a session catches up. */
const ROUNDS_PER_POST = 16;

type Listener = { id: number; detector: Detector; memory: SileroMemory; ops: Op[]; taken: number };

const { model: name } = workerData as WorkerStart;
const { frameSamples } = SILERO[name];
const listeners = new Map<number, Listener>();
const early: Op[][] = [];
let model: SileroModel | undefined;
let running = false;

const post = (message: WorkerMessage) => parentPort?.postMessage(message);

parentPort?.on('message', (ops: Op[]) => {
  if (model === undefined) early.push(ops);
  else accept(model, ops);
});

function accept(loaded: SileroModel, ops: Op[]): void {
  for (const op of ops) {
    if (op.op === 'open') {
      const detector = new Detector(frameSamples, op.knobs);
      listeners.set(op.id, { id: op.id, detector, memory: loaded.newMemory(), ops: [], taken: 0 });
    } else if (op.op === 'close') listeners.delete(op.id);
    else listeners.get(op.id)?.ops.push(op);
  }
  if (running) return;
  running = true;
  work(loaded).catch(fail);
}

async function work(loaded: SileroModel): Promise<void> {
  while (await catchUp(loaded)) await nextTurn();
  running = false;
}

/** Runs up to `ROUNDS_PER_POST` frames of every session and posts the events; false when nothing was waiting. */
async function catchUp(loaded: SileroModel): Promise<boolean> {
  const began = performance.now();
  const found = new Map<number, VadEvent[]>();
  let frames = 0;
  for (let round = 0; round < ROUNDS_PER_POST; round++) {
    const due = [...listeners.values()].flatMap((listener) => nextFrame(listener) ?? []);
    if (due.length === 0) break;
    const loud = due.filter(({ samples }) => isLoud(samples));
    const memories = loud.map(({ listener }) => listener.memory);
    const scores =
      loud.length === 0
        ? []
        : await loaded.run(
            loud.map(({ samples }) => samples),
            memories,
          );
    const probabilities = new Map(loud.map((frame, i) => [frame, scores[i] ?? 0]));
    for (const frame of due) {
      const { listener, at } = frame;
      const events = await listener.detector.step(at, probabilities.get(frame) ?? 0);
      const all = found.get(listener.id);
      if (all === undefined) found.set(listener.id, events);
      else all.push(...events);
    }
    frames += due.length;
  }
  if (frames === 0) return false;
  const batch = [...found].map(([id, events]) => ({ id, events }));
  post({ type: 'events', batch, frames, ms: performance.now() - began });
  return true;
}

/** Does what comes before the session's next frame, then takes that frame. */
function nextFrame(listener: Listener): { listener: Listener; at: number; samples: Int16Array } | undefined {
  for (let op = listener.ops[0]; op !== undefined; op = listener.ops[0]) {
    if (op.op === 'frames' && listener.taken < op.samples.length) {
      const samples = op.samples.subarray(listener.taken, listener.taken + frameSamples);
      const at = op.at + listener.taken;
      listener.taken += frameSamples;
      return { listener, at, samples };
    }
    if (op.op === 'set') listener.detector.set(op.knobs);
    if (op.op === 'endSegment') listener.detector.endSegment();
    listener.ops.shift();
    listener.taken = 0;
  }
  return undefined;
}

function isLoud(samples: Int16Array): boolean {
  for (const sample of samples) if (sample >= SILENCE_PEAK || sample <= -SILENCE_PEAK) return true;
  return false;
}

function fail(error: unknown): void {
  post({ type: 'failed', message: error instanceof Error ? error.message : String(error) });
  process.exit(1);
}

loadSilero(name).then((loaded) => {
  model = loaded;
  post({ type: 'ready' });
  for (const ops of early.splice(0)) accept(loaded, ops);
}, fail);
