import { expect, it } from 'vitest';
import { microphoneRefused, noMicrophone } from './problem.js';

it('says which address has no microphone and which one has', () => {
  const problem = noMicrophone({ secure: false, devices: false, origin: 'http://192.168.1.20:8000' });
  expect(problem?.what).toContain('http://192.168.1.20:8000');
  expect(problem?.next).toContain('http://localhost:8000');
  expect(problem?.next).toContain('--lan');
});

it('finds nothing wrong with a secure page of a browser with a microphone', () => {
  expect(noMicrophone({ secure: true, devices: true, origin: 'https://twin.lan' })).toBeNull();
});

it('tells a browser without a microphone from an address without one', () => {
  expect(noMicrophone({ secure: true, devices: false, origin: 'https://twin.lan' })?.what).toContain('This browser');
});

it.each(['NotAllowedError', 'NotFoundError', 'NotReadableError', 'SomethingNewError'])(
  'has a next step for %s',
  (name) => {
    const { what, next } = microphoneRefused(new DOMException('x', name));
    expect(what.length).toBeGreaterThan(10);
    expect(next).toMatch(/press the button again/);
  },
);
