import { describe, expect, it } from 'vitest';
import { FedMicrophone } from './fed-microphone.js';

async function take(mic: FedMicrophone, frames: number): Promise<number[]> {
  const out: number[] = [];
  for await (const frame of mic) {
    out.push(...frame);
    if (out.length >= frames * 320) break;
  }
  return out;
}

describe('fed microphone', () => {
  it('hears what it was fed at the indices that it named', async () => {
    const mic = new FedMicrophone();
    await take(mic, 2);
    const first = mic.say(new Int16Array(400).fill(1000));
    const second = mic.say(new Int16Array(10).fill(2000));
    expect([first, second]).toEqual([
      { from: 640, to: 1040 },
      { from: 1040, to: 1050 },
    ]);
    const heard = await take(mic, 2);
    expect(heard.indexOf(1000)).toBe(0);
    expect(heard.lastIndexOf(1000)).toBe(399);
    expect(heard.indexOf(2000)).toBe(400);
    expect(heard.lastIndexOf(2000)).toBe(409);
  });

  it('is never digitally silent and gives the same noise every time', async () => {
    const noise = await take(new FedMicrophone(), 10);
    expect(noise).toEqual(await take(new FedMicrophone(), 10));
    expect(noise.filter((s) => s !== 0).length).toBeGreaterThan(2500);
    expect(Math.max(...noise.map(Math.abs))).toBeLessThanOrEqual(8);
  });

  it('waits for a condition or for a sample, whichever comes first', async () => {
    const mic = new FedMicrophone();
    const met = mic.until(() => mic.position >= 640, 10_000);
    const late = mic.until(() => false, 960);
    await take(mic, 4);
    expect(await met).toBe(true);
    expect(await late).toBe(false);
  });

  it('settles open waits when it ends', async () => {
    const mic = new FedMicrophone();
    const open = mic.until(() => false, 10_000);
    mic.end();
    expect(await open).toBe(false);
    expect(await mic.until(() => false, 20_000)).toBe(false);
    expect(await take(mic, 1)).toEqual([]);
  });
});
