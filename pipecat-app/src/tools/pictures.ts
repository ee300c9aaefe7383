import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** More pictures than this are not kept; the oldest go first. */
const MOST = 100;

/**
 * Keeps a picture that a tool took, readable for the agent's user only.
 * @param kind Beginning of its name: `browser`, `desktop`, `camera`
 * @returns its name in `folder`, such as `desktop-2026-11-24T17-38-51-123Z.png`
 */
export async function savePicture(folder: string, kind: string, bytes: Uint8Array, now: number): Promise<string> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const name = `${kind}-${new Date(now).toISOString().replace(/[:.]/g, '-')}.png`;
  await writeFile(join(folder, name), bytes, { mode: 0o600 });
  const stamp = (file: string): string => file.slice(file.indexOf('-'));
  const pictures = (await readdir(folder)).filter((file) => /^[a-z]+-\d{4}-.*\.png$/.test(file));
  const old = pictures.sort((a, b) => (stamp(a) < stamp(b) ? -1 : 1)).slice(0, -MOST);
  await Promise.all(old.map((file) => rm(join(folder, file), { force: true })));
  return name;
}
