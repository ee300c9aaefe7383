import type { Consent } from './consent.js';

/** For tests of what a sensitive method does once a person has said yes. */
export const approvesAll: Consent = { decide: async () => ({ allowed: true }) };
