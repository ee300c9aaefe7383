import type { Agent } from '../agent.js';
import type { Principal } from '../server/access/guard.js';
import type { Controls } from '../tools/tool.js';

const MOST_CALLERS = 256;

/**
 * The silent session in which a program calls tools: one for each key, with a voice and a volume that are heard
 * nowhere, so that tools about speaking do as in a typed conversation.
 */
export class McpControls {
  readonly #agent: Agent;
  readonly #known = new Map<string, Controls>();

  constructor(agent: Agent) {
    this.#agent = agent;
  }

  of(who: Principal): Controls {
    const session = `mcp-${who.keyId || who.name}-${who.role}`;
    let controls = this.#known.get(session);
    if (controls === undefined) {
      controls = this.#make(session, who);
      this.#known.set(session, controls);
      const [oldest] = this.#known.keys();
      if (this.#known.size > MOST_CALLERS && oldest !== undefined) this.#known.delete(oldest);
    }
    return controls;
  }

  #make(session: string, who: Principal): Controls {
    const { defaults, engines } = this.#agent;
    let voice = { ...defaults.voice };
    return {
      session,
      caller: { session, door: 'mcp', role: who.role, name: who.name, keyId: who.keyId },
      volume: () => voice.volume,
      setVolume: (percent) => {
        voice = { ...voice, volume: Math.max(0, Math.min(100, Math.round(percent))) };
      },
      voice: () => ({ name: voice.name, rate: voice.rate }),
      setVoice: (change) => {
        voice = { ...voice, ...change };
      },
      voices: () => engines.tts.voices(),
      lastAnswer: () => '',
      announce: () => undefined,
    };
  }
}
