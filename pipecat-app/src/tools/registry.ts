import { isAbort, TwinError } from '../errors.js';
import { type Consent, needsConsent } from './consent.js';
import { plainExample } from './example.js';
import { frozenCopy } from './frozen-copy.js';
import type { Controls, Method, Tool, ToolResult } from './tool.js';

export type RegistryOptions = {
  /** Who says whether a call may run; without it, `sensitive` methods are refused. */
  consent?: Consent;
  /** Names of tools (`timer`) or methods (`timer.set`) that are left out. `TOOLS_DISABLED` */
  disabled?: readonly string[];
  /** Longest time one call may take, in ms. */
  timeoutMs?: number;
  /** Longest output, in characters; the rest is cut. */
  maxOutput?: number;
  /** Wall clock, ms since 1970. */
  now?: () => number;
};

/** A method as others see it. `unavailable`: why it cannot be used here. */
export type MethodListing = Pick<Method, 'description' | 'risk' | 'args' | 'examples' | 'sample' | 'spokenConsent'> & {
  name: string;
  /** The examples with their marks, see `exampleParts`; `examples` are without. */
  marked?: readonly string[];
  unavailable: string | undefined;
};

/** A tool as people see it, with all of its methods, those that are switched off too. */
export type ToolListing = Pick<Tool, 'name' | 'description'> & {
  unavailable: string | undefined;
  methods: readonly MethodListing[];
};

const SWITCHED_OFF = 'It is switched off. Take its name out of TOOLS_DISABLED and start the agent again.';

type Found = { name: string; tool: Tool; method: Method };

/**
 * All tools by name. Methods may come and go while it runs: a tool is asked for them each time. Every failure of a call comes back as a result in words; only
 * an abort is thrown.
 */
export class ToolRegistry {
  readonly #tools = new Map<string, Tool>();
  readonly #disabled: ReadonlySet<string>;
  readonly #consent: Consent;
  readonly #timeoutMs: number;
  readonly #maxOutput: number;
  readonly #now: () => number;

  /** @throws TwinError `TWIN_TOOL_DUPLICATE` when two tools have the same name. */
  constructor(tools: readonly Tool[], options: RegistryOptions = {}) {
    this.#disabled = new Set(options.disabled?.map((name) => name.trim()));
    this.#consent = options.consent ?? needsConsent;
    this.#timeoutMs = options.timeoutMs ?? 10_000;
    this.#maxOutput = options.maxOutput ?? 4000;
    this.#now = options.now ?? Date.now;
    for (const tool of tools) {
      if (this.#tools.has(tool.name))
        throw new TwinError('TWIN_TOOL_DUPLICATE', `There are two tools called "${tool.name}".`);
      this.#tools.set(tool.name, tool);
    }
  }

  /** Names of all methods; asks no tool whether it can be used. */
  names(): readonly string[] {
    return this.#all().map(({ name }) => name);
  }

  /** Risk of a method, undefined when there is none of that name; asks no tool whether it can be used. */
  risk(name: string): Method['risk'] | undefined {
    return this.#find(name)?.method.risk;
  }

  /** Every method, and whether its tool can be used now, which may look at files: not for the way of a command. */
  list(): readonly MethodListing[] {
    const all = this.#all();
    // Once per tool: all methods of one are missing for the same reason.
    const tools = new Set(all.map(({ tool }) => tool));
    const unavailable = new Map([...tools].map((tool) => [tool, tool.unavailable?.()]));
    return all.map(({ name, tool, method }) => listed(name, method, unavailable.get(tool)));
  }

  /** Every tool, also what is switched off, and why it cannot be used now; looks at files as `list` does. */
  catalogue(): readonly ToolListing[] {
    return [...this.#tools.values()].map((tool) => {
      const off = (name: string): boolean => this.#disabled.has(tool.name) || this.#disabled.has(name);
      const all = Object.entries(tool.methods).map(([its, method]) => ({ name: `${tool.name}.${its}`, method }));
      const allOff = this.#disabled.has(tool.name) || (all.length > 0 && all.every(({ name }) => off(name)));
      const unavailable = allOff ? SWITCHED_OFF : tool.unavailable?.();
      const methods = all.map(({ name, method }) => listed(name, method, off(name) ? SWITCHED_OFF : unavailable));
      return { name: tool.name, description: tool.description, unavailable, methods };
    });
  }

  /**
   * Calls `tool.method` with arguments of any origin.
   * @throws AbortError when `signal` aborts.
   */
  async call(
    name: string,
    args: Record<string, unknown>,
    controls: Controls,
    signal: AbortSignal,
  ): Promise<ToolResult> {
    const found = this.#find(name);
    if (found === undefined) return failed(`I cannot do that: there is no tool called ${name}.`, 'TWIN_TOOL_UNKNOWN');
    const { tool, method } = found;
    const checked = method.args.safeParse(args);
    if (!checked.success) {
      const why = checked.error.issues.map((i) => `${i.path.join('.') || 'arguments'}: ${i.message}`).join('; ');
      return failed(`I cannot do that: ${why}.`, 'TWIN_TOOL_ARGS');
    }
    const missing = tool.unavailable?.();
    if (missing !== undefined) return failed(`I cannot do that here. ${missing}`, 'TWIN_TOOL_UNAVAILABLE');
    signal.throwIfAborted();
    const frozen = frozenCopy(checked.data);
    if (frozen === undefined) return failed('I cannot do that: these arguments are no plain data.', 'TWIN_TOOL_ARGS');
    const run = (until: AbortSignal): Promise<ToolResult> => this.#run(method, frozen, controls, until);
    const asked = { ...question(name, method, frozen), caller: { ...controls.caller }, controls, run };
    const answer = await this.#consent.decide(asked, signal);
    if (!answer.allowed) return failed(answer.words, answer.code);
    let result = failed('It was stopped.', 'TWIN_TOOL_ABORTED');
    try {
      signal.throwIfAborted();
      result = await run(signal);
      return result;
    } finally {
      answer.ended?.(result);
    }
  }

  #all(): Found[] {
    return [...this.#tools.values()].flatMap((tool) =>
      Object.keys(tool.methods).flatMap((method) => this.#find(`${tool.name}.${method}`) ?? []),
    );
  }

  #find(name: string): Found | undefined {
    const dot = name.indexOf('.');
    const tool = this.#tools.get(name.slice(0, dot));
    if (tool === undefined || this.#disabled.has(tool.name) || this.#disabled.has(name)) return undefined;
    const { methods } = tool;
    const its = name.slice(dot + 1);
    const method = Object.hasOwn(methods, its) ? methods[its] : undefined;
    return method && { name, tool, method };
  }

  /** @throws AbortError when `signal` aborts. */
  async #run(method: Method, args: object, controls: Controls, signal: AbortSignal): Promise<ToolResult> {
    const limit = new AbortController();
    const timer = setTimeout(() => limit.abort(), method.timeoutMs ?? this.#timeoutMs);
    const both = AbortSignal.any([signal, limit.signal]);
    try {
      const running = method.run(args as never, { controls, now: this.#now, signal: both });
      const result = await Promise.race([running, aborted(both)]);
      return { ...result, output: cut(result.output, this.#maxOutput) };
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      if (limit.signal.aborted) return failed(`That took too long, so I gave up on it.`, 'TWIN_TOOL_TIMEOUT');
      if (error instanceof TwinError) return failed([error.message, error.next].join(' ').trim(), error.code);
      return failed('That did not work.', isAbort(error) ? 'TWIN_TOOL_ABORTED' : 'TWIN_TOOL_FAILED');
    } finally {
      clearTimeout(timer);
    }
  }
}

/** What a person is asked about; an effect that cannot be told is told by name. */
function question(name: string, { risk, effect, spokenConsent }: Method, args: object) {
  let words = '';
  try {
    words = effect?.(args as never) ?? '';
  } catch {
    // The exact arguments are shown in any case.
  }
  return {
    tool: name,
    args: args as Record<string, unknown>,
    effect: words || `Calls ${name}.`,
    risk,
    spokenConsent: spokenConsent === true,
  };
}

const failed = (output: string, error: string): ToolResult => ({ ok: false, output, error });

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

function cut(text: string, most: number): string {
  if (text.length <= most) return text;
  const end = /[\uD800-\uDBFF]$/.test(text.slice(0, most)) ? most - 1 : most;
  return `${text.slice(0, end)} …`;
}

const listed = (
  name: string,
  { description, risk, args, examples = [], sample, spokenConsent }: Method,
  unavailable: string | undefined,
): MethodListing => ({
  name,
  description,
  risk,
  args,
  examples: examples.map(plainExample),
  marked: examples,
  ...(sample && { sample }),
  ...(spokenConsent && { spokenConsent }),
  unavailable,
});
