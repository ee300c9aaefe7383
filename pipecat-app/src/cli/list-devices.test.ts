import { expect, it } from 'vitest';
import { readDevices } from './list-devices.js';

const LISTED = `null
    Discard all samples (playback) or generate zero samples (capture)
default
hw:CARD=PCH,DEV=0
    HDA Intel PCH, ALC269VC Analog
    Direct hardware device without any conversions
plughw:CARD=USB,DEV=0
    USB Audio
`;

it('reads names with their descriptions, and leaves out the one that swallows sound', () => {
  expect(readDevices(LISTED)).toEqual([
    { name: 'default', description: '' },
    {
      name: 'hw:CARD=PCH,DEV=0',
      description: 'HDA Intel PCH, ALC269VC Analog, Direct hardware device without any conversions',
    },
    { name: 'plughw:CARD=USB,DEV=0', description: 'USB Audio' },
  ]);
});

it('finds nothing where there is nothing', () => {
  expect(readDevices('')).toEqual([]);
});
