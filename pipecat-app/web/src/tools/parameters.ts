type Schema = {
  type?: string | string[];
  enum?: unknown[];
  const?: unknown;
  items?: Schema;
  anyOf?: Schema[];
  oneOf?: Schema[];
  properties?: Record<string, Schema>;
  required?: string[];
  description?: string;
};

export type Parameter = { name: string; type: string; required: boolean; description: string };

/** The arguments that a JSON Schema of an object asks for; of several forms, those of each. */
export function parametersOf(schema: object): Parameter[] {
  const { properties = {}, required = [], anyOf = [], oneOf = [] } = schema as Schema;
  const own = Object.entries(properties).map(([name, its]) => ({
    name,
    type: typeText(its),
    required: required.includes(name),
    description: its.description ?? '',
  }));
  const known = new Set(own.map(({ name }) => name));
  const others = [...anyOf, ...oneOf].flatMap((form) => parametersOf(form));
  return [
    ...own,
    // What only some forms ask for need not be given.
    ...others.filter(({ name }) => !known.has(name) && known.add(name)).map((one) => ({ ...one, required: false })),
  ];
}

function typeText({ type, enum: values, const: value, items, anyOf, oneOf, properties }: Schema): string {
  if (values) return values.map((one) => JSON.stringify(one)).join(' or ');
  if (value !== undefined) return JSON.stringify(value);
  const forms = anyOf ?? oneOf;
  if (forms) return [...new Set(forms.map(typeText))].join(' or ');
  if (properties) return `object of ${Object.keys(properties).join(', ')}`;
  if (type === 'array') return items ? `list of ${typeText(items)}` : 'list';
  return Array.isArray(type) ? type.join(' or ') : (type ?? 'anything');
}
