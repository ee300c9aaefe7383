import { expect, it } from 'vitest';
import { createMetrics } from './metrics.js';

it('shows turns, stages, tools and sessions in the Prometheus format', async () => {
  const metrics = createMetrics();
  metrics.sessionOpened();
  metrics.turn({
    type: 'turn',
    session: 's1',
    turn: 1,
    kind: 'voice',
    ts: '2025-01-01T00:00:00.000Z',
    transcript: 'SPOKEN',
    answer: 'SPOKEN',
    interrupted: true,
    source: 'reflex',
    actions: [{ tool: 'clock.time', args: {}, ok: true }],
    ms: { endpoint: 0, stt: 240, mind: 3, tts: 20, playout: 40, voice_to_voice: 800 },
  });
  metrics.route({ turn: 1, step: 'lost', wanted: 'math', expert: 'main', model: 'm', node: 'n1', why: 'SPOKEN' });
  const text = await metrics.text();
  expect(text).toContain('twin_routes_total{step="lost",expert="main"} 1');
  expect(text).toContain('twin_turns_total{kind="voice",source="reflex"} 1');
  expect(text).toContain('twin_stage_seconds_sum{stage="stt"} 0.24');
  expect(text).not.toContain('stage="endpoint"');
  expect(text).toContain('twin_tool_calls_total{tool="clock.time",ok="true"} 1');
  expect(text).toContain('twin_barge_ins_total 1');
  expect(text).toContain('twin_sessions_open 1');
  expect(text).toContain('nodejs_eventloop_lag_p99_seconds');
  expect(text).not.toContain('SPOKEN');
});

it('keeps two agents of one process apart', async () => {
  const one = createMetrics();
  const two = createMetrics();
  one.sessionOpened();
  expect(await two.text()).toContain('twin_sessions_open 0');
});
