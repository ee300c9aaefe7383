/** A sentence to speak and the one action that it must lead to. */
export type SpokenCommand = { text: string; tool: string; args: Record<string, unknown> };

const command = (text: string, tool: string, args: Record<string, unknown> = {}): SpokenCommand => ({
  text,
  tool,
  args,
});

/**
 * Forty commands as a person says them, of the kinds in `prompts/commands.yaml`. No timer is shorter than five minutes,
 * so that none is due while the set is spoken.
 */
export const COMMANDS: readonly SpokenCommand[] = [
  command('What time is it?', 'clock.time'),
  command('Tell me the time, please.', 'clock.time'),
  command('Do you know what time it is?', 'clock.time'),
  command("What is today's date?", 'clock.date'),
  command('What day of the week is it?', 'clock.date'),
  command('What day is it today?', 'clock.date'),
  command('Set a timer for five minutes.', 'timer.set', { seconds: 300 }),
  command('Set a timer for ten minutes.', 'timer.set', { seconds: 600 }),
  command('Start a timer for half an hour.', 'timer.set', { seconds: 1800 }),
  command('Set a timer for one hour and thirty minutes.', 'timer.set', { seconds: 5400 }),
  command('Set a fifteen minute timer.', 'timer.set', { seconds: 900 }),
  command('Remind me in forty five minutes.', 'timer.set', { seconds: 2700 }),
  command('Set a timer for two hours.', 'timer.set', { seconds: 7200 }),
  command('Set a pasta timer for eight minutes.', 'timer.set', { seconds: 480, name: 'pasta' }),
  command('How much time is left?', 'timer.list'),
  command('How much time is left on the timer?', 'timer.list'),
  command('What timers are running?', 'timer.list'),
  command('Cancel the pasta timer.', 'timer.cancel', { name: 'pasta' }),
  command('Cancel the timer.', 'timer.cancel'),
  command('Delete all timers.', 'timer.cancel', { all: true }),
  command('What can you do?', 'help.capabilities'),
  command('Tell me what you can do.', 'help.capabilities'),
  command('Who are you?', 'help.identity'),
  command('Turn the volume up.', 'speech.volume', { change: 'up' }),
  command('Turn it down.', 'speech.volume', { change: 'down' }),
  command('Turn down the volume.', 'speech.volume', { change: 'down' }),
  command('Set the volume to fifty percent.', 'speech.volume', { percent: 50 }),
  command('Set the volume to eighty percent.', 'speech.volume', { percent: 80 }),
  command('Volume down.', 'speech.volume', { change: 'down' }),
  command('Make it louder.', 'speech.volume', { change: 'up' }),
  command('Speak faster.', 'speech.voice', { change: 'faster' }),
  command('Please speak slower.', 'speech.voice', { change: 'slower' }),
  command('Slow down.', 'speech.voice', { change: 'slower' }),
  command('Use a female voice.', 'speech.voice', { voice: 'female' }),
  command('Change your voice.', 'speech.voice', { voice: 'next' }),
  command('Stop.', 'speech.stop'),
  command('Stop talking.', 'speech.stop'),
  command('Say that again.', 'speech.repeat'),
  command('What is your status?', 'status.report'),
  command('How are you today?', 'status.report'),
];
