/**
 * A controller that aborts with the first of `sources`. `release` takes its listeners off again; `AbortSignal.any` would
 * leave one on a source that lives as long as the agent for every clause ever spoken.
 */
export function eitherSignal(sources: readonly AbortSignal[]): { controller: AbortController; release(): void } {
  const controller = new AbortController();
  const aborted = (event: Event): void => controller.abort((event.target as AbortSignal).reason);
  for (const source of sources) {
    if (source.aborted) controller.abort(source.reason);
    source.addEventListener('abort', aborted);
  }
  return {
    controller,
    release: () => {
      for (const source of sources) source.removeEventListener('abort', aborted);
    },
  };
}
