import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { extractFacts } from './extract.js';

const labelled = readFileSync(new URL('./labelled/statements.tsv', import.meta.url), 'utf8')
  .split('\n')
  .filter((line) => line !== '')
  .map((line): [string, string[]] => {
    const [said = '', facts = ''] = line.split('\t');
    return [said, facts.split('|').filter(Boolean)];
  });

describe('what somebody says in passing', () => {
  it('is labelled for statements and for what is none', () => {
    expect(labelled.filter(([, facts]) => facts.length > 0).length).toBeGreaterThanOrEqual(40);
    expect(labelled.filter(([, facts]) => facts.length === 0).length).toBeGreaterThanOrEqual(30);
  });

  it.each(labelled)('%s', (said, facts) => {
    expect(extractFacts(said)).toEqual(facts);
  });

  it('brings three facts a turn at most, each once', () => {
    const said = 'I like tea. I like tea. I like rum. I like milk. I like wine.';
    expect(extractFacts(said)).toEqual(['I like tea.', 'I like rum.', 'I like milk.']);
  });
});
