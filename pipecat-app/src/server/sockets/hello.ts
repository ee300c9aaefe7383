import type { Agent } from '../../agent.js';
import type { ServerEventData } from '../protocol.js';

/** First event of every socket: what the client needs to know of this agent. */
export function hello(agent: Agent): ServerEventData['hello'] {
  return {
    version: agent.version,
    vad: agent.defaults.vad,
    voice: agent.defaults.voice,
    voices: [...agent.engines.tts.voices()],
    authDisabled: agent.config.AUTH_DISABLED,
  };
}
