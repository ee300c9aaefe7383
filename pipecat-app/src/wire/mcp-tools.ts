import { z } from 'zod';
import type { MethodListing } from '../tools/registry.js';

/** Longest name that the clients of all common language models take. */
const LONGEST_NAME = 64;

/** A tool as the Model Context Protocol lists it. */
export type McpTool = {
  name: string;
  title: string;
  description: string;
  inputSchema: { type: 'object'; [key: string]: unknown };
  annotations: { readOnlyHint: boolean; destructiveHint: boolean; idempotentHint: boolean; openWorldHint: boolean };
};

/**
 * Names of methods by the names that clients see: `timer.set` is `timer-set`, because many clients take only letters,
 * digits, `_` and `-`. Two that would be alike get a number.
 */
export function mcpNames(methods: readonly string[]): Map<string, string> {
  const names = new Map<string, string>();
  for (const method of methods) {
    const plain = method.replace('.', '-').replace(/[^\w-]/g, '_');
    let name = plain.slice(0, LONGEST_NAME);
    for (let n = 2; names.has(name); n++) name = `${plain.slice(0, LONGEST_NAME - 4)}_${n}`;
    names.set(name, method);
  }
  return names;
}

/** What a client is told of one method. Hints follow from the risk; they never decide anything here. */
export function mcpTool(name: string, { name: title, description, risk, args, examples = [] }: MethodListing): McpTool {
  const said = examples.length === 0 ? '' : ` For example: ${examples.slice(0, 3).join('; ')}.`;
  return {
    name,
    title,
    description: `${description}${said}`,
    inputSchema: inputSchema(args),
    annotations: {
      readOnlyHint: risk === 'read',
      destructiveHint: risk === 'sensitive',
      idempotentHint: risk === 'read',
      openWorldHint: risk === 'sensitive',
    },
  };
}

/** The JSON Schema of a method's arguments. */
export function inputSchema(args: z.ZodType): McpTool['inputSchema'] {
  const { $schema: _, ...schema } = z.toJSONSchema(args, { io: 'input', unrepresentable: 'any' });
  return { ...schema, type: 'object' };
}
