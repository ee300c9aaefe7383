/** One thing that `twin doctor` looked at; `fix` says what to do, and is empty when all is well. */
export type Finding = { check: string; state: 'ok' | 'warn' | 'fail'; found: string; fix: string };

export const ok = (check: string, found: string): Finding => ({ check, state: 'ok', found, fix: '' });
export const warn = (check: string, found: string, fix: string): Finding => ({ check, state: 'warn', found, fix });
export const fail = (check: string, found: string, fix: string): Finding => ({ check, state: 'fail', found, fix });
