import { readFile } from 'node:fs/promises';

/** What registers an installed machine at its first start. */
export async function firstBoot(): Promise<{ script: string; unit: string }> {
  const read = (name: string): Promise<string> => readFile(new URL(`../first-boot/${name}`, import.meta.url), 'utf8');
  return { script: await read('twin-register'), unit: await read('twin-register.service') };
}
