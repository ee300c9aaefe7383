import type { AgentState } from '../../../src/server/protocol.js';

/** What the person has done with the microphone. */
export type MicSwitch = 'off' | 'opening' | 'on' | 'muted';

/** The five states that the button names. */
export type MicState = 'off' | 'listening' | 'thinking' | 'speaking' | 'muted';

export function micState(mic: MicSwitch, agent: AgentState): MicState {
  if (mic === 'muted') return 'muted';
  if (mic !== 'on') return 'off';
  return agent === 'thinking' || agent === 'speaking' ? agent : 'listening';
}

/** A key held at least this long was push-to-talk: letting go mutes again. */
export const HOLD_TO_TALK_MS = 400;

/** What the talk key does: when it goes down, and when it comes up after `heldMs` if its press opened the microphone. */
export function talkKeyDown(mic: MicSwitch): 'open' | 'mute' {
  return mic === 'on' || mic === 'opening' ? 'mute' : 'open';
}
export function talkKeyUp(openedByPress: boolean, heldMs: number): 'mute' | 'stay' {
  return openedByPress && heldMs >= HOLD_TO_TALK_MS ? 'mute' : 'stay';
}
