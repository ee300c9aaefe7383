const ADDRESS = /^(?:https?:\/\/)?(?:[a-z0-9-]+\.)+[a-z]{2,}(?::\d+)?(?:\/\S*)?$/i;
/** Words of an address that is spoken: `docs dot example dot com slash start`. */
export const LONGEST_ADDRESS = 12;

/** A web address that was said or written, with its scheme; undefined when it is none. */
export function addressOf(said: string): string | undefined {
  const its = said
    .toLowerCase()
    .replace(/\s+(?:dot|point)\s+/g, '.')
    .replace(/\s+slash\s+/g, '/');
  if (!ADDRESS.test(its)) return undefined;
  return its.startsWith('http') ? its : `https://${its}`;
}
