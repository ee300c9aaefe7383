import { oneLine } from './one-line.js';

/** A JSON schema of any origin. */
export type RawSchema = Readonly<Record<string, unknown>>;

const MOST_NODES = 300;
const DEEPEST = 8;
const LONGEST_DESCRIPTION = 120;
const LONGEST_NAME = 100;
/** Keywords whose values are numbers or truth values. */
const PLAIN = [
  'minLength',
  'maxLength',
  'minimum',
  'maximum',
  'exclusiveMinimum',
  'exclusiveMaximum',
  'minItems',
  'maxItems',
];
const TYPES = ['string', 'number', 'integer', 'boolean', 'object', 'array', 'null'];

/**
 * What of a foreign JSON schema can be checked and shown at little cost: types, properties, limits and choices, without
 * references (they are put in), regular expressions (they could take forever) and anything that a few lines could blow
 * up. It takes at least what the original takes; the server has the last word. Words in it are cut and harmless.
 */
export function boundedSchema(schema: RawSchema): Record<string, unknown> {
  return new Bounded(schema).object();
}

class Bounded {
  #nodes = 0;

  constructor(private readonly root: RawSchema) {}

  object(): Record<string, unknown> {
    return { ...this.#copy(this.root, 0), type: 'object' };
  }

  #copy(value: unknown, depth: number): Record<string, unknown> {
    const schema = this.#behind(value);
    if (schema === undefined || depth > DEEPEST || ++this.#nodes > MOST_NODES) return {};
    const copy: Record<string, unknown> = {};
    const { type, description, enum: choices, const: only } = schema;
    const types = (Array.isArray(type) ? type : [type]).filter((one) => TYPES.includes(one));
    if (types.length === 1) copy.type = types[0];
    else if (types.length > 1) copy.type = types;
    if (typeof description === 'string') copy.description = oneLine(description, LONGEST_DESCRIPTION);
    if (Array.isArray(choices) && choices.length > 0 && choices.length <= 100 && choices.every(isScalar))
      return { ...copy, enum: choices };
    if (isScalar(only)) return { ...copy, const: only };
    for (const key of PLAIN) if (typeof schema[key] === 'number') copy[key] = schema[key];
    // "Exactly one" needs the parts as they were; "one of them" holds for these too.
    const either = schema.anyOf ?? schema.oneOf;
    if (Array.isArray(either) && either.length > 0) copy.anyOf = either.map((each) => this.#copy(each, depth + 1));
    if (isObject(schema.items)) copy.items = this.#copy(schema.items, depth + 1);
    if (isObject(schema.properties) || Array.isArray(schema.required)) this.#properties(schema, copy, depth);
    return copy;
  }

  #properties(schema: RawSchema, copy: Record<string, unknown>, depth: number): void {
    const properties = isObject(schema.properties) ? Object.entries(schema.properties) : [];
    const required = Array.isArray(schema.required) ? schema.required.filter(isName) : [];
    const known = properties.filter(([name]) => isName(name)).slice(0, MOST_NODES);
    const all = new Map(known.map(([name, its]) => [name, this.#copy(its, depth + 1)]));
    for (const name of required.slice(0, MOST_NODES)) if (!all.has(name)) all.set(name, {});
    copy.properties = Object.fromEntries(all);
    if (required.length > 0) copy.required = required.filter((name) => all.has(name));
    const closed = schema.additionalProperties === false && schema.patternProperties === undefined;
    if (closed && known.length === properties.length) copy.additionalProperties = false;
  }

  /** The schema itself, or what it refers to within the same document. */
  #behind(value: unknown): RawSchema | undefined {
    if (!isObject(value)) return undefined;
    const { $ref } = value;
    if ($ref === undefined) return value;
    if (typeof $ref !== 'string' || !/^#\/(\$defs|definitions)\/[\w.-]+$/.test($ref)) return undefined;
    const [, group = '', name = ''] = $ref.split('/');
    const defs = this.root[group];
    const found = isObject(defs) && Object.hasOwn(defs, name) ? defs[name] : undefined;
    return isObject(found) && found.$ref === undefined ? found : undefined;
  }
}

const isObject = (value: unknown): value is RawSchema =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isScalar = (value: unknown): boolean =>
  value === null || typeof value === 'boolean' || typeof value === 'number' || isShort(value);
const isShort = (value: unknown): boolean => typeof value === 'string' && value.length <= LONGEST_NAME;
const isName = (value: unknown): value is string =>
  typeof value === 'string' && value !== '' && value !== '__proto__' && /^[\w$.@/ -]{1,100}$/.test(value);
