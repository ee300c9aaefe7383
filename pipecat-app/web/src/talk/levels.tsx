import { useEffect, useRef } from 'preact/hooks';
import type { Meter } from '../audio/meter.js';

/** How loud both sides are. The bars move past the renderer, and mean nothing that is not also said in words. */
export function Levels({ meters }: { meters: { you: Meter; bot: Meter } }) {
  return (
    <div class="levels" aria-hidden="true">
      <Level name="You" meter={meters.you} />
      <Level name="Twin" meter={meters.bot} />
    </div>
  );
}

function Level({ name, meter }: { name: string; meter: Meter }) {
  const bar = useRef<HTMLDivElement>(null);
  useEffect(() => (bar.current ? drop(meter.attach(bar.current)) : undefined), [meter]);
  return (
    <>
      <span>{name}</span>
      <div ref={bar} class="bar" data-level={name} />
    </>
  );
}

const drop = (detach: () => unknown) => () => void detach();
