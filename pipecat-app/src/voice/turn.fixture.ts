import type { EndpointRules } from './endpoint.js';
import type { Event, Step } from './turn.js';

/** Knobs of a session as they are by default, in samples. */
export const rules: EndpointRules = {
  redemptionSamples: 11_200,
  minSpeechSamples: 1920,
  coughSamples: 2560,
  habitSamples: 0,
};

export const kinds = (steps: Step[]): string[] => steps.map((step) => step.do);

/** The final words of silence `mark`, heard at sample 0 unless `more` says otherwise. */
export const heard = (text: string, mark: number, more: Partial<Extract<Event, { type: 'heard' }>> = {}): Event => ({
  type: 'heard',
  text,
  final: true,
  mark,
  complete: false,
  at: 0,
  ...more,
});
