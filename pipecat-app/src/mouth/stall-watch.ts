/**
 * Passes `source` on and calls `onStall` when it keeps its reader waiting for longer than `stallMs`. The time that the
 * reader itself takes between two pulls does not count.
 */
export async function* stallWatch<T>(
  source: AsyncIterable<T>,
  stallMs: number,
  onStall: () => void,
): AsyncGenerator<T> {
  let timer = setTimeout(onStall, stallMs);
  try {
    for await (const item of source) {
      clearTimeout(timer);
      yield item;
      timer = setTimeout(onStall, stallMs);
    }
  } finally {
    clearTimeout(timer);
  }
}
