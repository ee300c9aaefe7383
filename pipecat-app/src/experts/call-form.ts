import type { JsonSchema, ToolSpec } from './tool-spec.js';

/** What an answer of a model looks like that was told of `tools` in words: a call of one of them, or words. */
export const callForm = (tools: readonly ToolSpec[]): JsonSchema => ({
  anyOf: [
    ...tools.map(({ name, parameters }) => shape({ tool: { const: name }, args: parameters })),
    shape({ answer: { type: 'string' } }),
  ],
});

const shape = (properties: Record<string, JsonSchema>): JsonSchema => ({
  type: 'object',
  properties,
  required: Object.keys(properties),
  additionalProperties: false,
});
