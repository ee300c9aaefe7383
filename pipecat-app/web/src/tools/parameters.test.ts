import { expect, it } from 'vitest';
import { parametersOf } from './parameters.js';

it('names what a schema asks for, with its type in words', () => {
  const schema = {
    type: 'object',
    required: ['host'],
    properties: {
      host: { type: 'string', description: 'Which machine.' },
      times: { type: ['integer', 'null'] },
      how: { enum: ['fast', 'slow'] },
      lines: { type: 'array', items: { anyOf: [{ type: 'string' }, { const: 7 }] } },
      at: { type: 'object', properties: { hour: { type: 'number' }, minute: { type: 'number' } } },
      any: {},
    },
  };
  expect(parametersOf(schema)).toEqual([
    { name: 'host', type: 'string', required: true, description: 'Which machine.' },
    { name: 'times', type: 'integer or null', required: false, description: '' },
    { name: 'how', type: '"fast" or "slow"', required: false, description: '' },
    { name: 'lines', type: 'list of string or 7', required: false, description: '' },
    { name: 'at', type: 'object of hour, minute', required: false, description: '' },
    { name: 'any', type: 'anything', required: false, description: '' },
  ]);
});

it('takes the arguments of every form together; none of them must be given', () => {
  const form = (name: string) => ({ type: 'object', properties: { name: { type: name } }, required: ['name'] });
  expect(
    parametersOf({ anyOf: [form('string'), { properties: { id: { type: 'number' } }, required: ['id'] }] }),
  ).toEqual([
    { name: 'name', type: 'string', required: false, description: '' },
    { name: 'id', type: 'number', required: false, description: '' },
  ]);
  expect(parametersOf({ type: 'object' })).toEqual([]);
});
