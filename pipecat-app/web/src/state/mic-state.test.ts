import { expect, it } from 'vitest';
import { HOLD_TO_TALK_MS, micState, talkKeyDown, talkKeyUp } from './mic-state.js';

it.each([
  ['off', 'idle', 'off'],
  ['off', 'speaking', 'off'],
  ['opening', 'idle', 'off'],
  ['on', 'idle', 'listening'],
  ['on', 'listening', 'listening'],
  ['on', 'sleeping', 'listening'],
  ['on', 'thinking', 'thinking'],
  ['on', 'speaking', 'speaking'],
  ['muted', 'speaking', 'muted'],
] as const)('a microphone that is %s while the agent is %s shows as %s', (mic, agent, state) => {
  expect(micState(mic, agent)).toBe(state);
});

it('a short press of the talk key stays, a long one was push-to-talk', () => {
  expect(talkKeyDown('off')).toBe('open');
  expect(talkKeyDown('muted')).toBe('open');
  expect(talkKeyUp(true, HOLD_TO_TALK_MS - 1)).toBe('stay');
  expect(talkKeyUp(true, HOLD_TO_TALK_MS)).toBe('mute');
});

it('a press that muted does nothing when the key comes up', () => {
  expect(talkKeyDown('on')).toBe('mute');
  expect(talkKeyUp(false, 9999)).toBe('stay');
});
