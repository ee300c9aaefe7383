import { signal } from '@preact/signals';
import { talkKeyDown, talkKeyUp } from '../state/mic-state.js';
import { prefs } from '../state/prefs.js';
import { page } from '../state/route.js';
import type { Twin } from '../twin.js';
import { type Focus, keyAction } from './key-map.js';

/** The dialog that is open. */
export const openDialog = signal<'keys' | 'settings' | null>(null);

/** Set on the microphone button: Space there means the same as on the page, so that holding works too. */
export const TALK_BUTTON = 'data-talk';

/** Listens to the whole page. Returns the stop. */
export function watchKeys(twin: Twin): () => void {
  const abort = new AbortController();
  let press: { at: number; opened: boolean } | null = null;
  const down = (event: KeyboardEvent) => {
    const action = event.isComposing ? null : keyAction(event, focusOf(event.target), prefs.value.singleKeys);
    // What is not seen is not cleared.
    if (!action || (action === 'clear' && page.value !== 'talk')) return;
    if (action === 'talk' && twin.link.value.is === 'looking') return;
    event.preventDefault();
    if (event.repeat) return;
    if (action === 'talk') {
      const opened = talkKeyDown(twin.mic.value) === 'open';
      press = { at: event.timeStamp, opened };
      if (opened) void twin.talk();
      else twin.mute();
    } else if (action === 'help') openDialog.value = 'keys';
    else void twin[action]();
  };
  const up = (event: KeyboardEvent) => {
    if (event.key !== ' ' || !press) return;
    event.preventDefault();
    if (talkKeyUp(press.opened, event.timeStamp - press.at) === 'mute') twin.mute();
    press = null;
  };
  addEventListener('keydown', down, { signal: abort.signal });
  addEventListener('keyup', up, { signal: abort.signal });
  return () => abort.abort();
}

function focusOf(target: EventTarget | null): Focus {
  if (document.querySelector('dialog[open]')) return 'dialog';
  if (!(target instanceof Element) || target.hasAttribute(TALK_BUTTON)) return 'page';
  if (target.closest('input, textarea, select')) return 'field';
  // Where there is no microphone, Space scrolls.
  return page.value !== 'talk' || target.closest('button, summary, a, label') ? 'control' : 'page';
}
