import { useEffect, useRef } from 'preact/hooks';
import type { Twin } from '../twin.js';

type Mood = 'idle' | 'listening' | 'thinking' | 'speaking' | 'sleeping' | 'away';

const WORDS: Record<Mood, string> = {
  idle: 'Twin is awake',
  listening: 'Twin is listening',
  thinking: 'Twin is thinking',
  speaking: 'Twin is speaking',
  sleeping: 'Twin sleeps; a word wakes it',
  away: 'Twin cannot be reached',
};

/** An old monitor with a face, which shows the agent's state. Its mouth opens with the sound of the answer. */
export function Character({ twin }: { twin: Twin }) {
  const face = useRef<SVGSVGElement>(null);
  const bot = twin.meters.bot;
  useEffect(() => {
    const detach = face.current && bot.attach(face.current);
    return () => void detach?.();
  }, [bot]);
  const mood = moodOf(twin);
  return (
    <figure class="character">
      <svg ref={face} viewBox="0 0 200 176" class={`face ${mood}`} aria-hidden="true" focusable="false">
        <g class="head">
          <path class="body" d="M78 140h44l6 20H72z" />
          <rect class="body" x="52" y="158" width="96" height="12" rx="6" />
          <rect class="body" x="18" y="8" width="164" height="136" rx="24" />
          <rect class="screen" x="32" y="22" width="136" height="104" rx="14" />
          <circle class="lamp" cx="160" cy="135" r="3.500" />
          <g class="eyes">
            <ellipse class="eye" cx="74" cy="66" rx="9" ry="12" />
            <ellipse class="eye" cx="126" cy="66" rx="9" ry="12" />
          </g>
          <path class="lids" d="M63 68q11 7 22 0M115 68q11 7 22 0" />
          <path class="crosses" d="M66 58l16 16m0-16l-16 16M118 58l16 16m0-16l-16 16" />
          <path class="smile" d="M82 96q18 12 36 0" />
          <rect class="mouth" x="80" y="90" width="40" height="20" rx="10" />
          <g class="dots">
            <circle cx="82" cy="100" r="5" />
            <circle cx="100" cy="100" r="5" />
            <circle cx="118" cy="100" r="5" />
          </g>
          <path class="zzz" d="M138 40h12l-12 14h12M154 28h8l-8 10h8" />
        </g>
      </svg>
      <figcaption>{WORDS[mood]}</figcaption>
    </figure>
  );
}

function moodOf(twin: Twin): Mood {
  if (twin.link.value.is !== 'open') return 'away';
  return twin.view.value.agent;
}
