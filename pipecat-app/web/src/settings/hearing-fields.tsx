import { useEffect, useRef } from 'preact/hooks';
import type { ServerEventData } from '../../../src/server/protocol.js';
import type { Twin } from '../twin.js';
import { Slider } from './slider.js';

type Knobs = ServerEventData['hello']['vad'];
type Knob = { knob: keyof Knobs; label: string; note: string; min: number; max: number; step: number };

const KNOBS: Knob[] = [
  {
    knob: 'threshold',
    label: 'Speech starts at',
    note: 'Higher: less is taken for speech.',
    min: 0.05,
    max: 0.99,
    step: 0.01,
  },
  {
    knob: 'negThreshold',
    label: 'Speech ends below',
    note: 'Keep it under the start.',
    min: 0.01,
    max: 0.98,
    step: 0.01,
  },
  { knob: 'minSpeechMs', label: 'Shortest speech', note: 'Anything shorter is a noise.', min: 0, max: 2000, step: 10 },
  {
    knob: 'redemptionMs',
    label: 'Pause that ends a sentence',
    note: 'Longer: you may think while talking.',
    min: 100,
    max: 5000,
    step: 50,
  },
  {
    knob: 'prerollMs',
    label: 'Kept from before the start',
    note: 'Longer: soft first sounds are not lost.',
    min: 0,
    max: 2000,
    step: 10,
  },
];

const show = (value: number, max: number): string => (max < 1 ? `${Math.round(value * 100)} %` : `${value} ms`);

type Props = { twin: Twin; vad: Knobs; onChange: (change: Partial<Knobs>) => void };

export function HearingFields({ twin, vad, onChange }: Props) {
  return (
    <fieldset>
      <legend>Hearing</legend>
      <VadMeter twin={twin} vad={vad} />
      {KNOBS.map(({ knob, max, ...field }) => (
        <Slider
          key={knob}
          {...field}
          max={max}
          value={vad[knob]}
          show={(value) => show(value, max)}
          onChange={(value) => onChange({ [knob]: value })}
        />
      ))}
    </fieldset>
  );
}

function VadMeter({ twin, vad }: { twin: Twin; vad: Knobs }) {
  const bar = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const detach = bar.current && twin.meters.vad.attach(bar.current);
    return () => void detach?.();
  }, [twin]);
  return (
    <div class="vad">
      <p class="note">
        {twin.mic.value === 'on'
          ? 'Talk: the bar shows how sure Twin is that it hears speech. The marks are the two limits below.'
          : 'Switch the microphone on to see how sure Twin is that it hears speech.'}
      </p>
      <div ref={bar} class="bar" aria-hidden="true" data-level="vad">
        <i style={{ left: `${vad.threshold * 100}%` }} />
        <i style={{ left: `${vad.negThreshold * 100}%` }} />
      </div>
    </div>
  );
}
