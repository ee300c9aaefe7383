import { describe, expect, it } from 'vitest';
import { TwinError } from '../errors.js';
import { samplesToMs } from './pcm.js';
import { Rehearsal, SAMPLES_PER_LETTER } from './rehearsal.fixture.js';

const STORY = 'Once there was a king. He had a very long and very quiet name. Nobody knew it. So he went away.';

/** Speaks one sentence and waits until the answer has begun. */
async function ask(stage: Rehearsal, words: string): Promise<void> {
  stage.hears.push(words);
  await stage.silence(300);
  await stage.voice(1000);
  await stage.silence(900);
}

describe('a spoken turn', () => {
  it('is heard, answered, spoken and recorded', async () => {
    const stage = new Rehearsal();
    stage.answers = () => 'It is noon.';
    await ask(stage, 'What is the time?');
    await stage.silence(2000);
    expect(stage.of('transcript.final')).toEqual([{ turn: 1, text: 'What is the time?' }]);
    expect(stage.of('state').map((s) => s.state)).toEqual(['listening', 'thinking', 'speaking', 'idle']);
    expect(stage.committed).toEqual([{ user: 'What is the time?', answer: 'It is noon.' }]);
    expect(stage.of('audio.end')).toEqual([{ turn: 1, samples: 'It is noon.'.length * SAMPLES_PER_LETTER }]);
    expect(stage.records[0]).toMatchObject({
      kind: 'voice',
      answer: 'It is noon.',
      interrupted: false,
      source: 'model',
    });
    await stage.session.close();
  });

  it('has parts that sum up to what the microphone and the loudspeaker saw', async () => {
    const stage = new Rehearsal();
    await ask(stage, 'Tell me a story.');
    await stage.silence(3000);
    const { endpoint, stt, mind, tts, playout, voice_to_voice } = stage.records[0]?.ms ?? ({} as never);
    expect(endpoint + stt + mind + tts + playout).toBeCloseTo(voice_to_voice, 0);
    expect(endpoint).toBeGreaterThanOrEqual(690);
    expect(voice_to_voice).toBeLessThan(800);
    await stage.session.close();
  });

  it('ends early when the words are a complete command', async () => {
    const stage = new Rehearsal();
    await ask(stage, 'what time is it');
    await stage.silence(1000);
    expect(stage.records[0]?.ms.endpoint).toBeLessThan(260);
    await stage.session.close();
  });

  it('is heard again as a command when its words are unsure and none', async () => {
    const stage = new Rehearsal();
    stage.hears.push({ text: 'but I miss it', confidence: -0.8 }, { text: 'what time is it', confidence: -0.7 });
    await stage.silence(300);
    await stage.voice(1000);
    await stage.silence(1500);
    expect(stage.of('transcript.final')).toEqual([{ turn: 1, text: 'what time is it' }]);
    expect(stage.grammars).toEqual(['', 'root ::= " what time is it"']);
    await stage.session.close();
  });

  it('keeps its own words when no command fits the sound as well', async () => {
    const stage = new Rehearsal();
    stage.hears.push({ text: 'but I miss it', confidence: -0.8 }, { text: 'what time is it', confidence: -3 });
    await stage.silence(300);
    await stage.voice(1000);
    await stage.silence(1500);
    expect(stage.of('transcript.final')).toEqual([{ turn: 1, text: 'but I miss it' }]);
    await stage.session.close();
  });

  it('shows partial words while one speaks', async () => {
    const stage = new Rehearsal();
    stage.partials = 'tell me';
    await stage.voice(1500);
    expect(stage.of('transcript.partial').length).toBeGreaterThanOrEqual(2);
    await stage.session.close();
  });

  it('that the ears could not hear ends in words, and the next one works', async () => {
    const stage = new Rehearsal();
    stage.hears = [new TwinError('TWIN_STT_UNAVAILABLE', 'gone', { retryable: true })];
    await stage.voice(1000);
    await stage.silence(5000);
    expect(stage.records[0]?.answer).toMatch(/^Sorry, my ears failed/);
    await ask(stage, 'Hello again.');
    await stage.silence(2000);
    expect(stage.records[1]).toMatchObject({ transcript: 'Hello again.', answer: 'Yes.' });
    await stage.session.close();
  });
});

describe('over a reply', () => {
  it('a stop as short as a cough is a stop, and a cough that sounds like words is a cough', async () => {
    const stage = new Rehearsal();
    stage.answers = (text) => (text === 'stop' ? '' : STORY);
    await ask(stage, 'Tell me a story.');
    stage.hears.push({ text: 'what time is it', confidence: -0.2 }, { text: 'stop', confidence: -1.2 });
    await stage.voice(120);
    await stage.silence(1500);
    expect(stage.of('audio.resume')).toHaveLength(1);
    expect(stage.records).toHaveLength(0);
    await stage.voice(120);
    await stage.silence(1500);
    expect(stage.records[0]).toMatchObject({ interrupted: true });
    expect(stage.grammars.slice(1)).toEqual(['root ::= " what time is it"', 'root ::= " what time is it"']);
    await stage.session.close();
  });

  it('a stop that was heard as nothing is heard again', async () => {
    const stage = new Rehearsal();
    stage.answers = (text) => (text === 'stop' ? '' : STORY);
    await ask(stage, 'Tell me a story.');
    stage.hears.push('', { text: 'what time', alternatives: [{ text: 'stop', confidence: -1.8 }] });
    await stage.voice(400);
    await stage.silence(1500);
    expect(stage.records[0]).toMatchObject({ interrupted: true });
    expect(stage.of('transcript.final').at(-1)).toMatchObject({ text: 'stop' });
    await stage.session.close();
  });

  it('a cough pauses it and it resumes at the same sample', async () => {
    const stage = new Rehearsal();
    stage.answers = () => STORY;
    await ask(stage, 'Tell me a story.');
    const before = stage.loudspeaker[0]?.played ?? 0;
    await stage.voice(140);
    await stage.silence(800);
    expect(stage.of('audio.hold').length).toBe(1);
    expect(stage.of('audio.resume').length).toBe(1);
    expect(samplesToMs(stage.at('audio.resume') - stage.at('audio.hold'))).toBeLessThanOrEqual(700);
    await stage.silence(9000);
    expect(before).toBeGreaterThan(0);
    expect(stage.records[0]).toMatchObject({ answer: STORY, interrupted: false });
    expect(stage.loudspeaker[0]?.played).toBe(stage.loudspeaker[0]?.sent);
    await stage.session.close();
  });

  it('words cancel it, and the memory keeps exactly what was played', async () => {
    for (let ms = 100; ms < 4000; ms += 390) {
      const stage = new Rehearsal();
      stage.answers = () => STORY;
      await ask(stage, 'Tell me a story.');
      await stage.silence(ms);
      stage.hears.push('stop');
      await stage.voice(400);
      await stage.silence(1500);
      const answer = stage.committed[0]?.answer ?? '';
      const played = stage.loudspeaker[0]?.played ?? 0;
      expect(STORY.startsWith(answer)).toBe(true);
      const spoken = answer.length * SAMPLES_PER_LETTER;
      const nextWord = STORY.slice(answer.length).match(/^\s*\S+/)?.[0].length ?? 0;
      expect(spoken).toBeLessThanOrEqual(played + SAMPLES_PER_LETTER * 4);
      expect(played - spoken).toBeLessThan((nextWord + 8) * SAMPLES_PER_LETTER);
      expect(stage.of('answer')[0]).toMatchObject({ interrupted: true });
      await stage.session.close();
    }
  });

  it('its sound stops within 120 ms of the first voiced sample', async () => {
    const stage = new Rehearsal();
    stage.answers = () => STORY;
    await ask(stage, 'Tell me a story.');
    const from = stage.now;
    await stage.voice(400);
    expect(samplesToMs(stage.at('audio.hold') - from)).toBeLessThanOrEqual(140);
    await stage.session.close();
  });

  it('nothing of it is sent after the flush', async () => {
    const stage = new Rehearsal();
    stage.answers = () => STORY;
    await ask(stage, 'Tell me a story.');
    stage.session.stop();
    const sent = stage.loudspeaker[0]?.sent;
    await stage.silence(2000);
    expect(stage.loudspeaker[0]?.sent).toBe(sent);
    expect(stage.records[0]?.interrupted).toBe(true);
    await stage.session.close();
  });
});

describe('a session', () => {
  it('answers typed text in the order it came, and says so when one is taken back', async () => {
    const stage = new Rehearsal({ audible: false });
    const [one, two] = [stage.session.text('one'), stage.session.text('two')];
    await stage.settle();
    expect((await one).transcript).toBe('one');
    expect((await two).answer).toBe('Yes.');
    await stage.session.close();
  });

  it('speaks an announcement when the user has finished', async () => {
    const stage = new Rehearsal();
    await ask(stage, 'Set a timer.');
    await stage.silence(1500);
    await stage.voice(600);
    stage.controls?.announce('Your timer is done.');
    await stage.settle();
    expect(stage.records).toHaveLength(1);
    await stage.silence(3000);
    expect(stage.records[1]).toMatchObject({ kind: 'announcement', answer: 'Your timer is done.' });
    expect(stage.committed[1]).toEqual({ user: '', answer: 'Your timer is done.' });
    await stage.session.close();
  });

  it('shows the rest of the answer when the voice fails', async () => {
    const stage = new Rehearsal();
    stage.ttsFails = true;
    stage.answers = () => STORY;
    await ask(stage, 'Tell me a story.');
    await stage.silence(500);
    expect(stage.of('error')).toHaveLength(1);
    expect(stage.records[0]).toMatchObject({ answer: STORY, interrupted: false });
    stage.ttsFails = false;
    await ask(stage, 'And now?');
    await stage.silence(9000);
    expect(stage.records[1]?.answer).toBe(STORY);
    await stage.session.close();
  });

  it('leaves nothing behind when it is closed in the middle of a reply', async () => {
    const stage = new Rehearsal();
    stage.answers = () => STORY;
    await ask(stage, 'Tell me a story.');
    await stage.session.close();
    const events = stage.events.length;
    await stage.silence(500);
    expect(stage.events.length).toBe(events);
  });

  it('gives the same events every time', async () => {
    const play = async (): Promise<string> => {
      const stage = new Rehearsal();
      stage.answers = () => STORY;
      await ask(stage, 'Tell me a story.');
      await stage.voice(140);
      await stage.silence(6000);
      await stage.session.close();
      return JSON.stringify(stage.events.filter((event) => event.type !== 'turn'));
    };
    expect(await play()).toBe(await play());
  });
});
