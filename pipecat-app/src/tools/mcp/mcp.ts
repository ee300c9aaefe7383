import { z } from 'zod';
import { refused, said } from '../say.js';
import { sayDuration } from '../say-duration.js';
import type { PartReport } from '../status.js';
import type { Tool, ToolResult } from '../tool.js';
import { type Facts, meant } from './facts.js';
import { type AgentSettings, OPTIONS } from './options.js';

export type ControlProgramParts = {
  startedAt: number;
  version: string;
  report: () => readonly PartReport[];
  /** Left out where there is no long-term memory. */
  facts?: Facts | undefined;
  settings: AgentSettings;
  /** Ends the agent after what runs now was said; `supervised`: somebody starts it again. */
  restart: { supervised: boolean; end: () => void };
};

const nothing = z.strictObject({});
const rememberArgs = z.strictObject({ fact: z.string().trim().min(3).max(500) });
const forgetArgs = z.strictObject({
  query: z.string().trim().min(2).max(300),
  /** Number of the one that is meant, after the tool has asked which. */
  id: z.number().int().min(1).optional(),
});
const setArgs = z.strictObject({
  option: z
    .string()
    .trim()
    .toLowerCase()
    .transform((name) => name.replaceAll(' ', '_'))
    .pipe(z.enum(Object.keys(OPTIONS) as [string, ...string[]])),
  value: z.union([z.string().max(60), z.number()]).transform(String),
});

const MOST_ASKED = 4;
const NO_MEMORY = 'I have no long-term memory here.';

/** The agent's own control program (Master Control Program): what it is, what it remembers, how it is set. */
export const mcpTool = (parts: ControlProgramParts): Tool => ({
  name: 'mcp',
  description: "The agent's own control: state, memory, settings. Not the Model Context Protocol.",
  methods: {
    status: {
      description: 'Version, running time, and which parts work.',
      args: nothing,
      risk: 'read',
      examples: [
        'what version are you',
        'run a self check',
        'which version do you run',
        'how long have you been up',
        'what is your uptime',
        'tell me your version number',
        'check yourself',
        'how long are you running already',
        'which software version is this',
        'do a check of yourself',
        'run a test of yourself',
      ],
      run: (_: never, { now }) => {
        const report = parts.report();
        const broken = report.filter(({ ok }) => !ok);
        const running = sayDuration(Math.max(1, (now() - parts.startedAt) / 1000), 2);
        const list = broken.map(({ name, detail }) => `${name}: ${detail}`.replace(/[.\s]*$/, '.')).join(' ');
        const parted = broken.length === 0 ? `All ${report.length} parts work.` : `Not all parts work. ${list}`;
        return said(`Twin ${parts.version}, running for ${running}. ${parted}`);
      },
    },
    memory_stats: {
      description: 'How much is remembered, and how much memory the process takes.',
      args: nothing,
      risk: 'read',
      examples: [
        'how much do you remember',
        'memory statistics',
        'how many facts do you know about me',
        'how many facts have you stored',
        'how large is your memory',
        'how many things do you know about me',
        'how much have you stored',
        'how full is your store of facts',
        'tell me the size of your memory',
      ],
      async run() {
        const rss = Math.round(process.memoryUsage.rss() / 2 ** 20);
        const count = parts.facts === undefined ? undefined : await parts.facts.count();
        const facts = count === undefined ? NO_MEMORY : `I remember ${count} ${count === 1 ? 'fact' : 'facts'}.`;
        return said(`${facts} I take ${rss} megabytes of memory.`);
      },
    },
    remember: {
      description: 'Keeps a fact for later conversations.',
      args: rememberArgs,
      sample: { say: 'Remember that my dog is called Rex.', args: { fact: 'The dog is called Rex.' } },
      risk: 'write',
      examples: [
        'remember that {fact:my dog is called Rex}',
        'keep in mind that {fact:I am allergic to nuts}',
        'note that {fact:we moved to the country}',
        'remember {fact:my dog is called Rex}',
        'do not forget that {fact:the rent is due on Monday}',
        'please remember for later that {fact:I drink my coffee black}',
        'make a note that {fact:the key is in the drawer}',
        'write down that {fact:my bicycle is green}',
        'for your information {fact:my name is Anna}',
        'save the fact that {fact:we have three cats}',
        'memorize that {fact:the bin is emptied on Tuesday}',
        'keep this in your memory {fact:my doctor is called Weber}',
        'I want you to remember that {fact:I wake up early}',
        'take a note {fact:the plumber comes at ten}',
        'store the fact that {fact:my desk is oak}',
        'store in your memory that {fact:my desk is oak}',
        'I want you to know that {fact:my son plays the flute}',
        'you should know that {fact:my son plays the flute}',
        'memorise this {fact:the code of the bicycle lock is 4711}',
        'remember this {fact:the code of the bicycle lock is 4711}',
        'save in your memory that {fact:we rent a garden}',
        'it is important to remember that {fact:the stove is new}',
        'never forget that {fact:the stove is new}',
        'can you remember that {fact:my uncle lives in Rome}',
        'keep in mind {fact:the rent is due on Monday}',
      ],
      effect: ({ fact }: z.infer<typeof rememberArgs>) => `Remembers "${fact}" for later conversations.`,
      async run({ fact }: z.infer<typeof rememberArgs>, { signal, controls }) {
        if (parts.facts === undefined) return refused('TWIN_MEMORY_OFF', NO_MEMORY);
        const { how, before } = await parts.facts.remember(fact, `told in ${controls.session}`, signal);
        if (how === 'merged') return said('I knew that already.');
        return said(
          how === 'superseded' && before ? `I will remember that, instead of: ${before.text}` : 'I will remember that.',
        );
      },
    },
    forget: {
      description: 'Forgets a fact. Asks which one when several fit; then the same query with its id.',
      args: forgetArgs,
      sample: { say: 'Forget my address.', args: { query: 'address' } },
      risk: 'write',
      examples: [
        'forget {query:my address}',
        'forget what I said about {query:the dog}',
        'delete what you know about {query:my job}',
        'forget that {query:we have a cat}',
        'remove {query:the address of my aunt} from your memory',
        'do not remember {query:my address} any more',
        'erase the memory of {query:the old house}',
        'forget everything about {query:my school}',
        'you can forget {query:the number of my car}',
        'forget what you know about {query:my cousin}',
        'delete {query:my cousin} from your memory',
        'wipe {query:the story about my cousin} from your memory',
        'delete everything you know about {query:my cousin}',
        'erase what you know about {query:my cousin}',
        'forget about {query:my trip to Rome}',
        'forget the thing about {query:my cousin}',
        'remove the note about {query:my cousin}',
        'take {query:my cousin} out of your memory',
        'wipe the thing about {query:my cousin} from your memory',
        'you do not need to remember {query:my cousin} any longer',
        'remove what you have stored about {query:my cousin}',
      ],
      effect: ({ query }: z.infer<typeof forgetArgs>) => `Forgets what is remembered about "${query}".`,
      run: (args: z.infer<typeof forgetArgs>, { signal }) => forget(parts.facts, args, signal),
    },
    set: {
      description: `Changes a setting: ${Object.keys(OPTIONS).join(', ')}.`,
      args: setArgs,
      sample: { say: 'Set the log level to debug.', args: { option: 'log_level', value: 'debug' } },
      risk: 'write',
      examples: [
        'set the log level to {value:debug}{option=log_level}',
        'set the vad threshold to {value:0.6}{option=vad_threshold}',
        'change your speech rate to {value:180}{option=rate}',
        'change the log level to {value:error}{option=log_level}',
        'make the vad threshold {value:0.5}{option=vad_threshold}',
      ],
      effect: ({ option, value }: z.infer<typeof setArgs>) => `Sets ${option} to ${value}.`,
      run({ option, value }: z.infer<typeof setArgs>, { controls }) {
        const wrong = OPTIONS[option]?.set(value, controls, parts.settings);
        if (wrong !== undefined) return refused('TWIN_OPTION_VALUE', `${option} stays as it is: ${wrong}.`);
        return said(`${option.replaceAll('_', ' ')} is ${value} now.`);
      },
    },
    restart_self: {
      description: 'Ends the agent and lets it be started again.',
      args: nothing,
      risk: 'sensitive',
      examples: [
        'restart yourself',
        'reboot yourself',
        'restart the agent',
        'start yourself again',
        'shut down and start again',
        'do a reboot',
        'restart the program',
        'please reboot the agent',
      ],
      effect: () =>
        parts.restart.supervised
          ? 'Ends the agent; it is started again by itself in a moment.'
          : 'Ends the agent. Nobody starts it again by itself.',
      run() {
        parts.restart.end();
        if (parts.restart.supervised) return said('I am restarting now. I will be back in a moment.');
        return said('I am ending now. Start me again with: bootstrap.sh --local.');
      },
    },
  },
});

async function forget(
  facts: Facts | undefined,
  { query, id }: z.infer<typeof forgetArgs>,
  signal: AbortSignal,
): Promise<ToolResult> {
  if (facts === undefined) return refused('TWIN_MEMORY_OFF', NO_MEMORY);
  const found = await meant(facts, query, MOST_ASKED + 1, signal);
  const one = id === undefined ? (found.length === 1 ? found[0] : undefined) : found.find((fact) => fact.id === id);
  if (one !== undefined) {
    const gone = await facts.forget(one.id);
    return gone ? said(`I have forgotten: ${gone.text}`) : refused('TWIN_FACT_GONE', 'I had forgotten that already.');
  }
  if (found.length === 0) return refused('TWIN_FACT_UNKNOWN', 'I remember nothing like that.');
  const list = found.slice(0, MOST_ASKED).map((fact) => `${fact.id}: ${fact.text}`);
  const more = found.length > MOST_ASKED ? ' There are more.' : '';
  return refused('TWIN_FACT_WHICH', `Which one do you mean? ${list.join('; ')}.${more}`);
}
