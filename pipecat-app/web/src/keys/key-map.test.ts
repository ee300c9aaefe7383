import { expect, it } from 'vitest';
import { type Focus, KEY_MAP, keyAction } from './key-map.js';

const press = (key: string, focus: Focus, more: { ctrlKey?: boolean; altKey?: boolean; single?: boolean } = {}) =>
  keyAction({ key, ctrlKey: false, metaKey: false, altKey: false, ...more }, focus, more.single ?? true);

it('gives Space to the microphone, except where it already means something', () => {
  expect(press(' ', 'page')).toBe('talk');
  for (const focus of ['control', 'field', 'dialog'] as const) expect(press(' ', focus)).toBeNull();
});

it('stops with Esc everywhere but in a dialog, which Esc closes', () => {
  for (const focus of ['page', 'control', 'field'] as const) expect(press('Escape', focus)).toBe('stop');
  expect(press('Escape', 'dialog')).toBeNull();
});

it('lets a question mark be typed', () => {
  expect(press('?', 'page')).toBe('help');
  expect(press('?', 'field')).toBeNull();
});

it('clears with Ctrl L, also while typing', () => {
  expect(press('l', 'field', { ctrlKey: true })).toBe('clear');
  expect(press('l', 'field')).toBeNull();
});

it('leaves single keys to assistive software when they are switched off', () => {
  for (const { keys } of KEY_MAP.filter(({ single }) => single)) {
    expect(press(keys === 'Space' ? ' ' : keys, 'page', { single: false })).toBeNull();
  }
  expect(press('Escape', 'page', { single: false })).toBe('stop');
});
