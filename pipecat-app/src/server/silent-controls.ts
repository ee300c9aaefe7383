import type { Agent } from '../agent.js';
import type { Controls, Door } from '../tools/tool.js';
import type { Principal } from './access/guard.js';

const MOST_CALLERS = 256;

/**
 * The silent session in which a program or a page calls tools: one for each key, with a voice and a volume that are heard
 * nowhere, so that tools about speaking do as in a typed conversation.
 */
export class SilentControls {
  readonly #agent: Agent;
  readonly #door: Door;
  readonly #known = new Map<string, Controls>();

  constructor(agent: Agent, door: Door) {
    this.#agent = agent;
    this.#door = door;
  }

  of(who: Principal): Controls {
    const session = `${this.#door}-${who.keyId || who.name}-${who.role}`;
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
      caller: { session, door: this.#door, role: who.role, name: who.name, keyId: who.keyId },
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
