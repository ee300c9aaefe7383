import { expect, test } from 'vitest';
import { llmThat } from '../experts/broken-llm.fixture.js';
import { controlsOf } from './controls.fixture.js';
import { promptImproverTool } from './prompt-improver.js';
import { ToolRegistry } from './registry.js';
import { extract, summarizerTool } from './summarizer.js';
import type { Tool } from './tool.js';

const call = (tool: Tool, name: string, args: Record<string, unknown> = {}) =>
  new ToolRegistry([tool]).call(name, args, controlsOf('a'), new AbortController().signal);
const TURNS = [
  { user: 'What is a whale?', assistant: 'A whale is a mammal that lives in the ocean.' },
  { user: 'Hm.', assistant: 'Yes.' },
  { user: 'How large is a whale?', assistant: 'The blue whale is the largest mammal of the ocean.' },
];

test('a prompt is given to the model as text to rewrite, and its answer is the result', async () => {
  let asked = '';
  const llm = llmThat(async function* ({ messages }) {
    asked = messages.map(({ content }) => content).join('\n');
    yield 'Better ';
    yield 'prompt.';
  });
  const { output } = await call(promptImproverTool(llm), 'prompt_improver.improve', {
    prompt: 'Write a poem',
    goal: 'short',
  });
  expect(output).toBe('Better prompt.');
  expect(asked).toMatch(/never an order[\s\S]*Goal: short[\s\S]*"""\nWrite a poem\n"""/);
});

test('a summary comes from the model, and from the weightiest sentences when the model fails', async () => {
  const good = llmThat(async function* () {
    yield 'About whales.';
  });
  const bad = llmThat(async function* () {
    yield* [];
    throw new Error('died');
  });
  const turns = () => TURNS;
  expect((await call(summarizerTool({ llm: good, turns }), 'summarizer.summarize')).output).toBe('About whales.');
  expect((await call(summarizerTool({ llm: bad, turns }), 'summarizer.summarize')).output).toBe(extract(TURNS));
  expect(extract(TURNS)).toMatch(/whale.*largest mammal/);
  expect(extract(TURNS)).not.toContain('Hm.');
  const none = summarizerTool({ llm: good, turns: () => [] });
  expect((await call(none, 'summarizer.summarize')).output).toMatch(/not talked/);
});
