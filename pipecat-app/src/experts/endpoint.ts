/** How a server of language models is spoken to. `llama`: llama.cpp's server, which says more than `openai` asks for. */
export const DIALECTS = ['llama', 'openai', 'ollama', 'anthropic'] as const;
export type DialectName = (typeof DIALECTS)[number];

/** Where a language model is served, and how it is asked. */
export type Endpoint = {
  dialect: DialectName;
  /** Without the path of a call: `http://host:port` for `llama` and `ollama`, up to and with the version for the others. */
  baseUrl: string;
  /** Empty for servers that want none. */
  apiKey: string;
  /** Empty: the server's own. */
  model: string;
  /**
   * `chat`: the server knows the model's template. `completion`: a base model, which is given text to go on with
   * (`llama` only).
   */
  template: 'chat' | 'completion';
  /**
   * How tools are offered (`llama` only; `openai` is always asked natively first). `text`, when left out: in words behind
   * the persona, which stays evaluated.
   */
  tools?: 'native' | 'text';
  /** What a person looks at when the server cannot be used: the setting with its address, and the one with its key. */
  settings: { address: string; key: string };
};
