/** What a scripted Nomad answers: a value as JSON, or words with a status. */
export type Answer = { value?: unknown; status?: number; text?: string };

export const missing = (what: string): Answer => ({ status: 404, text: `${what} not found` });
