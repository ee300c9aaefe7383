import { Agent } from 'undici';

/**
 * Connections of our own undici. `request` would otherwise take those of the undici inside Node, once anything has used
 * the global `fetch`: another version, which sends nothing of a form that is made by this one.
 */
export const httpAgent = new Agent();
