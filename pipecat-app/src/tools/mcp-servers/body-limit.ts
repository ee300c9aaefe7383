/** Bytes of one answer; what is longer is broken off. */
const MOST_BYTES = 8 * 1024 * 1024;

/** `fetch` whose answers end with an error when they are too long to be kept. */
export async function bodyLimit(input: string | URL, init?: RequestInit): Promise<Response> {
  const response = await fetch(input, init);
  if (response.body === null) return response;
  let bytes = 0;
  const counted = response.body.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        bytes += chunk.byteLength;
        if (bytes > MOST_BYTES) controller.error(new Error('its answer is too long'));
        else controller.enqueue(chunk);
      },
    }),
  );
  const { status, statusText, headers } = response;
  return Object.defineProperty(new Response(counted, { status, statusText, headers }), 'url', { value: response.url });
}
