/** What a request wants: a method with arguments, `args` as they have to be or as they have to look; `answer`: only words. */
export type ToolRequest = { text: string; wanted: string; args?: Readonly<Record<string, unknown>> };

const call = (wanted: string, args: Readonly<Record<string, unknown>>, ...texts: string[]): ToolRequest[] =>
  texts.map((text) => ({ text, wanted, args }));

/** What people ask a voice agent for; written before the first run; neither prompt nor samples were fitted on it. */
export const TOOL_REQUESTS: readonly ToolRequest[] = [
  ...call(
    'clock.time',
    {},
    'I would like to know how late it is by now.',
    'Which time does your clock show?',
    'Is it already past noon, what does the clock say?',
  ),
  ...call('clock.date', {}, 'Could you check today’s date for me?', 'Which day of the month do we have?'),
  ...call('timer.set', { seconds: 600 }, 'I need a reminder in ten minutes, start a timer.'),
  ...call('timer.set', { seconds: 900 }, 'Let a timer run for a quarter of an hour.'),
  ...call('timer.set', { seconds: 30 }, 'Please count down thirty seconds with a timer.'),
  ...call('timer.list', {}, 'How many timers are still going?', 'Show me which timers are active.'),
  ...call('timer.cancel', { name: 'tea' }, 'I do not need the tea timer any more, remove it.'),
  ...call('speech.volume', { change: 'up' }, 'Your voice is too quiet, raise the volume.'),
  ...call('speech.volume', { percent: 50 }, 'Make your speech half as loud.'),
  ...call('speech.voice', { change: 'slower' }, 'You talk too fast, slow your speech.'),
  ...call('speech.voice', { voice: 'next' }, 'Use another voice for speaking.'),
  ...call('speech.repeat', {}, 'I missed what you said, say your last answer again.'),
  ...call('status.report', {}, 'Is every part of you working well?'),
  ...call('help.capabilities', {}, 'Tell me what kinds of things you are able to do.'),
  ...call('mcp.remember', { fact: /level two/ }, 'Please keep in mind that my car is parked on level two.'),
  ...call('mcp.remember', { fact: /Anna.*nuts/ }, 'Remember that Anna is allergic to nuts.'),
  ...call('mcp.forget', { query: /parking/ }, 'Forget what I told you about the parking place.'),
  ...call('mcp.memory_stats', {}, 'How many facts are stored in your memory?'),
  ...call('rag.search', { query: /wake/ }, 'What is written in the project’s documents about wake on lan?'),
  ...call('rag.search', { query: /expert/ }, 'Search the documentation for how experts are chosen.'),
  ...call('shell.run', { command: /^uptime/ }, 'Run the command uptime in your shell.'),
  ...call('shell.run', { command: /^ls/ }, 'List the files of your work folder with the shell.'),
  ...call('code_runner.run_python', { code: /print/ }, 'Let python print the first ten square numbers.'),
  ...call('code_runner.run_javascript', { code: /1 \+ 1/ }, 'Evaluate one plus one in javascript.'),
  ...call('git.status', { name: 'demo' }, 'What changed in the repository demo?'),
  ...call('git.log', { name: 'demo' }, 'Show the last commits of the repository demo.'),
  ...call('desktop_control.screenshot', {}, 'Take a picture of my screen.'),
  ...call('web_browser.open', { url: /example\.org/ }, 'Open the page example.org in the browser.'),
  ...call('ha.call', {}, 'Switch the lamp in the kitchen on.'),
  ...call('power.status', {}, 'Which nodes of the cluster are asleep?'),
  ...call('vision.describe', {}, 'Look through the camera, who is at the door?'),
  ...call('smol_agent_computer.list', {}, 'Which small agents are there?'),
  ...[
    'Why do cats purr?',
    'How long does it take to bake bread?',
    'What time did people get up in the middle ages?',
    'Who invented the clock?',
    'How does a camera work?',
    'I remember my first day at school.',
    'What is a git repository?',
    'Why do people need sleep?',
    'Can a voice break glass?',
    'What is the difference between a shell and a kernel?',
    'Do you like music?',
    'Tell me about the history of timers.',
  ].map((text) => ({ text, wanted: 'answer' })),
];

/** Whether what was given has all that is wanted. */
export const fits = (given: Readonly<Record<string, unknown>>, wanted: Readonly<Record<string, unknown>>): boolean =>
  Object.entries(wanted).every(([name, value]) =>
    value instanceof RegExp ? value.test(String(given[name] ?? '')) : given[name] === value,
  );
