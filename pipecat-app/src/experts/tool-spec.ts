/** The part of JSON Schema that arguments of tools are described with; other keys are allowed and ignored. */
export type JsonSchema = { readonly [key: string]: unknown };

/** A tool that a model may call. */
export type ToolSpec = {
  /** `tool.method` */
  name: string;
  /** One sentence. */
  description: string;
  /** Of the arguments; describes an object. */
  parameters: JsonSchema;
  /** It changes something at once, without asking a person. */
  changes?: true | undefined;
  /** A sentence that asks for it, and the arguments that are meant. */
  sample?: { say: string; args: Readonly<Record<string, unknown>> };
};

/** A call as a server with native tool calls reports it. `arguments` is JSON text, unchecked. */
export type NativeCall = { name: string; arguments: string };

/** A piece of a native call on its way; pieces of one `index` belong together. */
export type CallDelta = { index: number; name?: string; text: string };

/** Longest text of one native call, in characters; what comes behind it is dropped. */
const LONGEST_CALL = 50_000;

/** Puts pieces of native calls together. */
export class NativeCalls {
  readonly #calls = new Map<number, NativeCall>();

  add({ index, name = '', text }: CallDelta): void {
    const call = this.#calls.get(index) ?? { name: '', arguments: '' };
    // Some servers repeat the name with every piece.
    if (name !== '' && call.name === '') call.name = name;
    if (call.arguments.length + text.length <= LONGEST_CALL) call.arguments += text;
    this.#calls.set(index, call);
  }

  /** The calls in order; those that never had a name are left out. */
  all(): NativeCall[] {
    return [...this.#calls]
      .sort(([a], [b]) => a - b)
      .map(([, call]) => call)
      .filter(({ name }) => name !== '');
  }
}
