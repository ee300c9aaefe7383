import { readFileSync } from 'node:fs';

export type Labelled = {
  text: string;
  /** `tool.method`; '' for a command that only has a reply. */
  call: string;
  args: Record<string, unknown>;
};

const linesOf = (name: string): string[] =>
  readFileSync(new URL(`./labelled/${name}`, import.meta.url), 'utf8')
    .split('\n')
    .filter((line) => line !== '');

/** Commands as people say them, with what they mean; not the sentences of `commands.yaml`. */
export function labelledCommands(name: 'commands.tsv' | 'heard-commands.tsv' | 'held-out-commands.tsv'): Labelled[] {
  return linesOf(name).map((line) => {
    const [text = '', call = '', args = '{}'] = line.split('\t');
    return { text, call, args: JSON.parse(args) as Record<string, unknown> };
  });
}

/** Sentences that are no commands, many of them made of the words of commands. */
export function conversation(
  name: 'conversation.txt' | 'heard-conversation.txt' | 'held-out-conversation.txt',
): string[] {
  return linesOf(name);
}
