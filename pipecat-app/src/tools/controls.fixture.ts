import type { Caller, Controls } from './tool.js';

export type RecordedControls = Controls & { readonly announced: string[] };

/** The controls of a session that plays nothing and keeps what it was told. */
export function controlsOf(
  session: string,
  start: { lastAnswer?: string; voices?: readonly string[]; caller?: Partial<Caller> } = {},
): RecordedControls {
  const voices = start.voices ?? ['en-us', 'en-us+f3', 'en-gb', 'en-gb+m3'];
  let volume = 60;
  let voice = { name: voices[0] ?? '', rate: 170 };
  const announced: string[] = [];
  return {
    session,
    caller: { session, door: 'voice', role: 'admin', name: 'somebody', ...start.caller },
    announced,
    volume: () => volume,
    setVolume: (percent) => {
      volume = percent;
    },
    voice: () => voice,
    setVoice: (change) => {
      voice = { ...voice, ...change };
    },
    voices: () => voices,
    lastAnswer: () => start.lastAnswer ?? '',
    announce: (text) => announced.push(text),
  };
}
