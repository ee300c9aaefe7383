import { expect, it } from 'vitest';
import { choices, deviceGone, pick, SYSTEM_DEVICE } from './devices.js';

const ALL = [
  { kind: 'audioinput', deviceId: 'default', label: 'Default - USB' },
  { kind: 'audioinput', deviceId: 'a', label: 'USB' },
  { kind: 'audioinput', deviceId: 'b', label: '' },
  { kind: 'audiooutput', deviceId: 'c', label: 'Loud' },
  { kind: 'videoinput', deviceId: 'd', label: 'Eye' },
] as const;

it('offers the devices of one kind once, by name or number', () => {
  expect(pick(ALL, 'audioinput')).toEqual([
    { id: 'a', label: 'USB' },
    { id: 'b', label: 'Device 2' },
  ]);
  expect(pick(ALL, 'audiooutput')).toEqual([{ id: 'c', label: 'Loud' }]);
});

it('offers nothing that the browser hides', () => {
  expect(pick([{ kind: 'audioinput', deviceId: '', label: '' }], 'audioinput')).toEqual([]);
});

it('keeps what was chosen in the list, also when it is gone', () => {
  const usb = { id: 'a', label: 'USB' };
  expect(choices([usb], usb)).toEqual([SYSTEM_DEVICE, usb]);
  expect(choices([], usb)).toEqual([SYSTEM_DEVICE, { id: 'a', label: 'USB (not there)' }]);
  expect(choices([usb], SYSTEM_DEVICE)).toEqual([SYSTEM_DEVICE, usb]);
});

it('says which device is gone, what happens instead, and what to do', () => {
  const { what, next } = deviceGone('loudspeaker', { id: 'a', label: 'USB' });
  expect(what).toMatch(/loudspeaker .*USB.* not there.*system/);
  expect(next).toMatch(/Plug it in/);
});
