import { expect, test } from 'vitest';
import { refusal } from './errors.js';

test.each([
  ['GET /v1/jobs', 401, '', 'TWIN_NOMAD_REFUSED', false],
  ['GET /v1/jobs', 403, 'Permission denied', 'TWIN_NOMAD_REFUSED', false],
  ['GET /v1/job/a', 404, 'job not found', 'TWIN_NOMAD_MISSING', false],
  ['PUT /v1/var/a', 409, '', 'TWIN_NOMAD_CONFLICT', false],
  ['POST /v1/jobs/parse', 400, 'no', 'TWIN_NOMAD_INVALID', false],
  ['GET /v1/jobs', 429, '', 'TWIN_NOMAD_BUSY', true],
  ['GET /v1/jobs', 500, 'odd', 'TWIN_NOMAD_FAILED', true],
  ['POST /v1/jobs', 500, 'Task group talk validation failed', 'TWIN_NOMAD_FAILED', false],
  ['POST /v1/jobs', 500, 'No cluster leader', 'TWIN_NOMAD_FAILED', true],
  ['POST /v1/jobs', 503, '', 'TWIN_NOMAD_FAILED', true],
])('%s answered with %i "%s" is %s, retryable: %s', (endpoint, status, said, code, retryable) => {
  const error = refusal('NOMAD', endpoint, status, said);
  expect(error).toMatchObject({ code, status, endpoint, retryable, name: 'HashiError' });
  expect(error.message).toContain(`Nomad answers ${status} to ${endpoint}`);
  expect(error.next).toMatch(/\.$/);
});

test('the words of a server are kept short and on one line', () => {
  const { message, code } = refusal('CONSUL', 'GET /v1/kv/a', 500, `first\n  second ${'x'.repeat(1000)}`);
  expect(message).toContain('first second xxx');
  expect(message.length).toBeLessThan(400);
  expect(code).toBe('TWIN_CONSUL_FAILED');
});
