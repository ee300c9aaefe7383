export type Voice = {
  /** Engine's own voice name, for example `en-gb+f3`. */
  name: string;
  /** Words per minute, 80 to 400. */
  rate: number;
};

/** Text to speech. One instance serves all sessions. */
export interface Tts {
  readonly name: string;
  /** Names that `Voice.name` may have. */
  voices(): readonly string[];
  /**
   * Speaks one clause of plain text (no markdown) as 16 kHz mono chunks, the first as soon as there is one.
   * @throws TwinError `TWIN_TTS_UNAVAILABLE` (retryable), AbortError.
   */
  speak(text: string, voice: Voice, signal: AbortSignal): AsyncIterable<Int16Array>;
  health(): { ok: boolean; detail: string };
  close(): Promise<void>;
}
