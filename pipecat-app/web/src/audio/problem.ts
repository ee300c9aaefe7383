/** What is wrong and what to do, in words; shape of every failure that the page shows. */
export type Problem = { what: string; next: string };

/** What of the browser decides whether it offers a microphone. */
export type Surroundings = { secure: boolean; devices: boolean; origin: string };

/** Why this page can have no microphone at all, or null when it can ask for one. */
export function noMicrophone({ secure, devices, origin }: Surroundings): Problem | null {
  if (secure && devices) return null;
  if (!secure) {
    const port = new URL(origin).port;
    return {
      what: `The browser gives no microphone and no sound to ${origin}, because this address is not encrypted.`,
      next: `Open http://localhost${port ? `:${port}` : ''} on the machine itself, or the https address that \`./bootstrap.sh --lan\` prints. Typing works here too.`,
    };
  }
  return {
    what: `This browser offers no microphone to ${origin}.`,
    next: 'Use a current Firefox, Chromium or Safari, outside of any frame. Typing works here too.',
  };
}

/** Words for what `getUserMedia` threw. */
export function microphoneRefused(error: unknown): Problem {
  const name = error instanceof Error ? error.name : '';
  switch (name) {
    case 'NotAllowedError':
    case 'SecurityError':
      return {
        what: 'The browser does not allow this page to use the microphone.',
        next: 'Click the sign left of the address, allow the microphone, then press the button again.',
      };
    case 'NotFoundError':
    case 'OverconstrainedError':
      return { what: 'No microphone was found.', next: 'Plug one in, then press the button again.' };
    case 'NotReadableError':
    case 'AbortError':
      return {
        what: 'The microphone is there but cannot be opened.',
        next: 'Close other programs that use it, then press the button again.',
      };
    default:
      return {
        what: `The microphone could not be started${name ? ` (${name})` : ''}.`,
        next: 'Reload the page and press the button again.',
      };
  }
}
