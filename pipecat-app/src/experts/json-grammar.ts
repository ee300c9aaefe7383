import { integerGrammar } from './integer-grammar.js';
import { literal, patternGrammar } from './pattern-grammar.js';
import type { JsonSchema } from './tool-spec.js';

/** Longest repetition that is written out; llama.cpp refuses grammars that grow beyond a few thousand. */
const LONGEST_COUNT = 1000;
/** Longest string of a base model, which seldom finds the end of one by itself: less than an answer may have tokens. */
export const LONGEST_OF_BASE = 240;
/** Digits that every JavaScript number holds exactly. */
const MOST = 10 ** 15 - 1;

/** JSON of any shape. A string has no escapes that could stand for half a letter; `ink` is what is no space. */
const SHARED = `char ::= [^"\\\\\\x00-\\x1F\\x7F] | "\\\\" ["\\\\/nt]
ink ::= [^"\\\\\\x00-\\x20\\x7F\\xA0\\u1680\\u2000-\\u200A\\u2028\\u2029\\u202F\\u205F\\u3000\\uFEFF] | "\\\\" ["\\\\]
number ::= "-"? ("0" | [1-9] [0-9]{0,14}) ("." [0-9]{1,6})?
value ::= string | number | "true" | "false" | "null" | "{" (string ":" value ("," string ":" value)*)? "}" | "[" (value ("," value)*)? "]"`;

/**
 * A grammar (GBNF) of the JSON texts that fit `schema`, keys in its order and without white space, so that what a model
 * writes under it always parses. It holds what `z.toJSONSchema` says of tools: types, `enum`, `const`, `anyOf`, limits on
 * lengths and numbers, required keys, records, and patterns as far as `patternGrammar` reads them. What it cannot hold
 * (`not`, `multipleOf`) stays for the validation behind it.
 * @param longest characters of a string that may be longer, so that a model that never ends one comes to its end
 */
export function jsonGrammar(schema: JsonSchema, longest?: number): string {
  const rules = new Rules(schema, longest);
  const string = `string ::= "\\"" char${repeat(0, longest)} "\\""`;
  // Some models begin every answer with a space.
  return `root ::= " "? ${rules.of(schema)}\n${rules.text()}${string}\n${SHARED}\n`;
}

class Rules {
  readonly #rules = new Map<string, string>();

  constructor(
    private readonly root: JsonSchema,
    private readonly longest: number | undefined,
  ) {}

  text(): string {
    return [...this.#rules].map(([name, rule]) => `${name} ::= ${rule}\n`).join('');
  }

  /** An expression for `schema`, in parentheses where it needs them. */
  of(given: JsonSchema): string {
    const schema = this.#whole(given);
    if (schema.const !== undefined) return literal(JSON.stringify(schema.const));
    if (Array.isArray(schema.enum)) return choice(schema.enum.map((value) => literal(JSON.stringify(value))));
    const several = schema.anyOf ?? schema.oneOf;
    if (Array.isArray(several)) return choice(several.map((one) => this.of(objectOf(one))));
    if (Array.isArray(schema.type)) return choice(schema.type.map((type) => this.of({ ...schema, type })));
    switch (schema.type) {
      case 'object':
        return this.#object(schema);
      case 'array':
        return this.#array(schema);
      case 'string':
        return stringOf(schema, this.longest);
      case 'integer':
        return integerGrammar(...limits(schema));
      case 'number':
        return numberOf(schema);
      case 'boolean':
        return '("true" | "false")';
      case 'null':
        return '"null"';
      default:
        return 'value';
    }
  }

  /** With its reference looked up, and what `allOf` adds to it. */
  #whole(schema: JsonSchema): JsonSchema {
    if (typeof schema.$ref === 'string') {
      const name = /^#\/\$defs\/(.+)$/.exec(schema.$ref)?.[1];
      const found = name === undefined ? undefined : objectOf(this.root.$defs)[name];
      // A definition that holds itself would have no end: any JSON stands for it.
      return found === undefined || JSON.stringify(found).includes('"$ref"') ? {} : objectOf(found);
    }
    if (!Array.isArray(schema.allOf)) return schema;
    const { allOf, ...rest } = schema;
    return Object.assign({}, ...allOf.map(objectOf), rest) as JsonSchema;
  }

  #object(schema: JsonSchema): string {
    const properties = Object.entries(objectOf(schema.properties));
    if (properties.length === 0) {
      const more = schema.additionalProperties;
      if (more === false || more === undefined) return '"{}"';
      const names = schema.propertyNames;
      const key = names === undefined ? 'string' : this.of({ type: 'string', ...objectOf(names) });
      const pair = this.#rule(`${key} ":" ${typeof more === 'object' ? this.of(objectOf(more)) : 'value'}`);
      return `"{" (${pair} ("," ${pair}){0,20})? "}"`;
    }
    const required = new Set(Array.isArray(schema.required) ? (schema.required as unknown[]) : []);
    // Behind another key, and as the first one; both from the last key to the first.
    let behind = '';
    let first = '';
    for (const [i, [name, its]] of properties.reverse().entries()) {
      const pair = `${literal(`${JSON.stringify(name)}:`)} ${this.of(objectOf(its))}`;
      const begin = `${pair} ${behind}`;
      first = required.has(name) ? begin : `(${begin} | ${first || '""'})`;
      if (i === properties.length - 1) break;
      behind = this.#rule((required.has(name) ? `"," ${pair} ${behind}` : `("," ${pair})? ${behind}`).trim());
    }
    return `"{" ${first.trim()} "}"`;
  }

  #array(schema: JsonSchema): string {
    // A rule of its own, because llama.cpp refuses repetitions of what has repetitions inside.
    const item = this.#rule(this.of(objectOf(schema.items)));
    const [least, most] = counts(schema, 'minItems', 'maxItems');
    const more = `("," ${item})${repeat(Math.max(0, least - 1), most === undefined ? undefined : Math.max(0, most - 1))}`;
    if (most === 0) return '"[]"';
    return least > 0 ? `"[" ${item} ${more} "]"` : `"[" (${item} ${more})? "]"`;
  }

  #rule(expression: string): string {
    const name = `r${this.#rules.size}`;
    this.#rules.set(name, expression === '' ? '""' : expression);
    return name;
  }
}

function stringOf(schema: JsonSchema, longest = Number.POSITIVE_INFINITY): string {
  const [least, limit] = counts(schema, 'minLength', 'maxLength');
  const end = Math.min(limit ?? longest, Math.max(least, longest));
  const most = Number.isFinite(end) ? end : undefined;
  const pattern = typeof schema.pattern === 'string' ? patternGrammar(schema.pattern, most) : undefined;
  if (pattern !== undefined) return `"\\"" ${pattern} "\\""`;
  if (least === 0) return limit === undefined ? 'string' : `"\\"" char${repeat(0, most)} "\\""`;
  // What must not be empty often loses its spaces at both ends, and has to be long enough without them.
  const inside = `char${repeat(Math.max(0, least - 2), most === undefined ? undefined : Math.max(0, most - 2))} ink`;
  return `"\\"" ink ${most === 1 ? '' : least === 1 ? `(${inside})?` : inside} "\\""`;
}

function numberOf(schema: JsonSchema): string {
  const [least, most] = limits(schema);
  if (least === -MOST && most === MOST) return 'number';
  const whole = integerGrammar(least, most);
  // Behind the point of a number below zero it would go the other way.
  return least >= 0 && most > least ? `(${whole} | ${integerGrammar(least, most - 1)} "." [0-9]{1,3})` : whole;
}

/** Whole numbers that are allowed, from and to. */
function limits({ minimum, maximum, exclusiveMinimum, exclusiveMaximum }: JsonSchema): [number, number] {
  const from = Math.max(
    -MOST,
    Math.ceil(numberIn(minimum) ?? -MOST),
    Math.floor(numberIn(exclusiveMinimum) ?? -MOST - 1) + 1,
  );
  const to = Math.min(
    MOST,
    Math.floor(numberIn(maximum) ?? MOST),
    Math.ceil(numberIn(exclusiveMaximum) ?? MOST + 1) - 1,
  );
  return [from, Math.max(from, to)];
}

function counts(schema: JsonSchema, low: string, high: string): [number, number | undefined] {
  const most = numberIn(schema[high]);
  return [
    Math.min(LONGEST_COUNT, numberIn(schema[low]) ?? 0),
    most !== undefined && most <= LONGEST_COUNT ? most : undefined,
  ];
}

const repeat = (least: number, most: number | undefined): string =>
  most === undefined ? (least === 0 ? '*' : `{${least},}`) : `{${least},${most}}`;
const choice = (all: readonly string[]): string => (all.length === 1 ? (all[0] ?? '""') : `(${all.join(' | ')})`);
const numberIn = (value: unknown): number | undefined => (typeof value === 'number' ? value : undefined);
const objectOf = (value: unknown): JsonSchema =>
  typeof value === 'object' && value !== null ? (value as JsonSchema) : {};
