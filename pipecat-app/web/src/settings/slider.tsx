import { useSignal } from '@preact/signals';
import { useEffect, useId } from 'preact/hooks';

type Props = {
  label: string;
  note?: string;
  value: number;
  min: number;
  max: number;
  step: number;
  show: (value: number) => string;
  /** Told when the person lets go, not on the way. */
  onChange: (value: number) => void;
};

export function Slider({ label, note, value, min, max, step, show, onChange }: Props) {
  const id = useId();
  const now = useSignal(value);
  useEffect(() => {
    now.value = value;
  }, [now, value]);
  return (
    <div class="slider">
      <label for={id}>{label}</label>
      <output for={id}>{show(now.value)}</output>
      <input
        id={id}
        type="range"
        min={min}
        max={max}
        step={step}
        value={now.value}
        aria-valuetext={show(now.value)}
        aria-describedby={note ? `${id}-note` : undefined}
        onInput={(event) => {
          now.value = event.currentTarget.valueAsNumber;
        }}
        onChange={(event) => onChange(event.currentTarget.valueAsNumber)}
      />
      {note && (
        <p id={`${id}-note`} class="note">
          {note}
        </p>
      )}
    </div>
  );
}
