import { beforeEach, describe, expect, it } from 'vitest';
import { MicFeed } from './mic-feed.js';

describe('the microphone feed', () => {
  let sent: (number | string)[];
  let feed: MicFeed;
  const frame = (at: number) => feed.frame(at, new Int16Array(320).fill(at));

  beforeEach(() => {
    sent = [];
    feed = new MicFeed({
      audio: (samples) => sent.push(samples[0] as number),
      open: (open) => sent.push(open ? 'open' : 'closed'),
    });
  });

  it('holds frames until the session is there, and sends them after the word that the microphone is open', () => {
    feed.gate(true);
    frame(320);
    frame(640);
    feed.session(true);
    frame(960);
    expect(sent).toEqual(['open', 320, 640, 960]);
  });

  it('counts the session from its first sample', () => {
    feed.gate(true);
    frame(3200);
    expect(feed.sampleOf(3520)).toBe(0);
    feed.session(true);
    expect(feed.sampleOf(3520)).toBe(320);
  });

  it('names no sample while the microphone is closed, and goes on counting when it is open again', () => {
    feed.session(true);
    feed.gate(true);
    frame(0);
    feed.gate(false);
    expect(feed.sampleOf(320)).toBe(0);
    feed.gate(true);
    frame(320);
    expect(feed.sampleOf(640)).toBe(640);
  });

  it('counts anew in a new session and tells it about the open microphone', () => {
    feed.session(true);
    feed.gate(true);
    frame(0);
    feed.session(false);
    feed.session(true);
    frame(16_000);
    expect(sent).toEqual(['open', 0, 'open', 16_000]);
    expect(feed.sampleOf(16_100)).toBe(100);
  });

  it('keeps only the newest 3 s while it waits', () => {
    feed.gate(true);
    for (let i = 0; i < 200; i++) frame(i);
    feed.session(true);
    expect(sent.slice(0, 2)).toEqual(['open', 50]);
    expect(sent).toHaveLength(151);
  });

  it('forgets what it held when the microphone closes', () => {
    feed.gate(true);
    frame(0);
    feed.gate(false);
    feed.session(true);
    expect(sent).toEqual([]);
  });
});
