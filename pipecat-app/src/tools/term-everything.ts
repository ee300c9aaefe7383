import { z } from 'zod';
import { TwinError } from '../errors.js';
import type { Sandbox } from './sandbox/sandbox.js';
import type { WorkFolders } from './sandbox/work-folders.js';
import { Terminal } from './terminal.js';
import type { Tool, ToolContext, ToolResult } from './tool.js';

const id = z.coerce.number().int().min(1).max(1_000_000);
const noArgs = z.strictObject({});
const idArgs = z.strictObject({ id });
const sendArgs = z.strictObject({ id, text: z.string().min(1).max(4000) });

const SCROLLBACK_CHARS = 32_000;
const HOURS_MS = 3_600_000;
/** All that a terminal may ever show; what is not read falls out of the scrollback long before. */
const OUTPUT_BYTES = 64 * 2 ** 20;
/** The pseudo-terminal is made by `script`, inside: the sandbox never holds a terminal of this machine. */
const COMMAND = ['/usr/bin/script', '-qfec', '/bin/bash --norc --noprofile -i', '/dev/null'];

/** Terminals in the sandbox, for programs that ask questions. At most `most` at a time. */
export function termEverythingTool(sandbox: Sandbox, work: WorkFolders, most: number, lifeMs = HOURS_MS): Tool {
  const terminals = new Map<number, Terminal>();
  let last = 0;

  const find = (wanted: number, { controls }: ToolContext): Terminal => {
    const terminal = terminals.get(wanted);
    if (terminal !== undefined && terminal.session === controls.session) return terminal;
    throw new TwinError('TWIN_TERMINAL_UNKNOWN', `There is no terminal ${wanted}.`, { next: 'Open one first.' });
  };
  const shown = (terminal: Terminal): string => {
    const text = terminal.read();
    return terminal.over ? `${text}\nThis terminal has ended.`.trim() : text || 'Nothing new.';
  };

  return {
    name: 'term_everything',
    description: 'Terminals in the sandbox, for programs that want to be talked to.',
    unavailable: () => sandbox.unavailable(),
    close: async () => {
      await Promise.all([...terminals.values()].map((terminal) => terminal.close()));
      terminals.clear();
    },
    methods: {
      open: {
        description: 'Opens a terminal with bash and gives its id.',
        args: noArgs,
        risk: 'sensitive',
        examples: [
          'open a terminal',
          'start a new terminal',
          'give me a shell session',
          'I need a terminal',
          'I would like a terminal',
          'open a terminal session',
        ],
        effect: () => "Opens a terminal in the sandbox, in this conversation's work folder.",
        run: async (_: never, { controls, signal }): Promise<ToolResult> => {
          for (const [key, { over }] of terminals) if (over) terminals.delete(key);
          if (terminals.size >= most)
            throw new TwinError('TWIN_TERMINAL_LIMIT', `${most} terminals are open already.`, { next: 'Close one.' });
          const terminal = new Terminal(controls.session, SCROLLBACK_CHARS);
          last += 1;
          const key = last;
          terminals.set(key, terminal);
          try {
            const folder = await work.of(controls.session);
            // Not the signal of this call: the terminal outlives it.
            const life = new AbortController().signal;
            const limits = { wallMs: lifeMs, outputBytes: OUTPUT_BYTES };
            terminal.attach(
              await sandbox.start(COMMAND, { signal: life, work: folder, limits }, (_stream, bytes) =>
                terminal.show(bytes),
              ),
            );
            await terminal.settled(signal);
          } catch (error) {
            await terminal.close();
            terminals.delete(key);
            throw error;
          }
          return { ok: true, output: `Terminal ${key} is open.` };
        },
      },
      send: {
        description: 'Types text into a terminal, \\n for Enter, and gives what it shows then.',
        args: sendArgs,
        risk: 'sensitive',
        examples: [
          'type {text:ls} into terminal {id:one}',
          'send {text:yes} to terminal {id:two}',
          'enter {text:make test} in terminal {id:two}',
        ],
        effect: (args: z.infer<typeof sendArgs>) => `Types ${JSON.stringify(args.text)} into terminal ${args.id}.`,
        run: async (args: z.infer<typeof sendArgs>, context): Promise<ToolResult> => {
          const terminal = find(args.id, context);
          terminal.send(args.text);
          await terminal.settled(context.signal);
          return { ok: true, output: shown(terminal) };
        },
      },
      read: {
        description: 'Gives what a terminal has shown since the last look.',
        args: idArgs,
        risk: 'read',
        examples: [
          'what does terminal {id:one} say',
          'read terminal {id:one}',
          'is there anything new in terminal {id:two}',
          'show what terminal {id:two} has printed',
          'the output of terminal {id:three}',
          'show me the output of terminal {id:one}',
          'what did terminal {id:one} print',
        ],
        run: (args: z.infer<typeof idArgs>, context): ToolResult => ({
          ok: true,
          output: shown(find(args.id, context)),
        }),
      },
      close: {
        description: 'Closes a terminal and ends what runs in it.',
        args: idArgs,
        risk: 'write',
        examples: [
          'close terminal {id:one}',
          'end terminal {id:three}',
          'shut terminal {id:two}',
          'terminal {id:two} is no longer needed',
          'terminal {id:two} may be closed',
        ],
        effect: (args: z.infer<typeof idArgs>) => `Closes terminal ${args.id} and ends what runs in it.`,
        run: async (args: z.infer<typeof idArgs>, context): Promise<ToolResult> => {
          await find(args.id, context).close();
          terminals.delete(args.id);
          return { ok: true, output: `Terminal ${args.id} is closed.` };
        },
      },
    },
  };
}
