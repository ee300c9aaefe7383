/** A signal that aborts when the process is asked to end: Nomad sends SIGTERM, a terminal SIGINT. */
export function stopSignal(): AbortSignal {
  const controller = new AbortController();
  for (const name of ['SIGTERM', 'SIGINT'] as const) process.on(name, () => controller.abort());
  return controller.signal;
}
