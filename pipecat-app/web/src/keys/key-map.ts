export type KeyAction = 'talk' | 'stop' | 'clear' | 'help';

/** What the `?` dialog shows, in its order. */
export const KEY_MAP: { keys: string; does: string; single: boolean }[] = [
  { keys: 'Space', does: 'Microphone on, or mute. Hold it to talk only while it is down.', single: true },
  { keys: 'Esc', does: 'Stop the answer.', single: false },
  { keys: 'Ctrl L', does: 'Clear the terminal.', single: false },
  { keys: 'Enter', does: 'In the text box: send. With Shift: a new line.', single: false },
  { keys: 'Ctrl S', does: 'On the page Prompts: save the prompt.', single: false },
  { keys: '?', does: 'Show this map.', single: true },
];

export type KeyPress = { key: string; ctrlKey: boolean; metaKey: boolean; altKey: boolean };

/**
 * Where the focus is: `field` takes letters, `control` has its own use for Space, `dialog` closes on Esc by itself,
 * `page` is everywhere else and the microphone button.
 */
export type Focus = 'page' | 'control' | 'field' | 'dialog';

/** What a key means, or null when it belongs to the browser. `singleKeys`: keys without Ctrl may act. */
export function keyAction(
  { key, ctrlKey, metaKey, altKey }: KeyPress,
  focus: Focus,
  singleKeys: boolean,
): KeyAction | null {
  if (focus === 'dialog' || altKey || metaKey) return null;
  if (ctrlKey) return key.toLowerCase() === 'l' ? 'clear' : null;
  if (key === 'Escape') return 'stop';
  if (!singleKeys || focus === 'field') return null;
  if (key === '?') return 'help';
  return key === ' ' && focus === 'page' ? 'talk' : null;
}
