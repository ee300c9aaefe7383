import { effect, signal } from '@preact/signals';
import { type Device, SYSTEM_DEVICE } from '../audio/devices.js';

export type Theme = 'auto' | 'light' | 'dark';
export type Prefs = { sound: boolean; theme: Theme; singleKeys: boolean; microphone: Device; loudspeaker: Device };

const KEY = 'twin.prefs';
const DEFAULTS: Prefs = {
  sound: true,
  theme: 'auto',
  singleKeys: true,
  microphone: SYSTEM_DEVICE,
  loudspeaker: SYSTEM_DEVICE,
};

/** What this browser remembers between visits. */
export const prefs = signal<Prefs>(read());

export function setPrefs(change: Partial<Prefs>): void {
  prefs.value = { ...prefs.value, ...change };
  try {
    localStorage.setItem(KEY, JSON.stringify(prefs.value));
  } catch {
    // A browser that keeps nothing still works for this visit.
  }
}

function read(): Prefs {
  try {
    const kept: Partial<Prefs> = JSON.parse(localStorage.getItem(KEY) ?? '{}');
    return { ...DEFAULTS, ...kept };
  } catch {
    return DEFAULTS;
  }
}

/** Keeps `data-theme` of the page at the chosen or, for `auto`, the system's theme. Returns the stop. */
export function applyTheme(): () => void {
  const system = matchMedia('(prefers-color-scheme: dark)');
  const dark = signal(system.matches);
  const follow = () => {
    dark.value = system.matches;
  };
  system.addEventListener('change', follow);
  const stop = effect(() => {
    const { theme } = prefs.value;
    const name = theme === 'auto' ? (dark.value ? 'dark' : 'light') : theme;
    document.documentElement.dataset.theme = name;
  });
  return () => {
    system.removeEventListener('change', follow);
    stop();
  };
}
