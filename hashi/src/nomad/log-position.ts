/** A log of a task is a row of files, `<task>.stdout.<index>`; Nomad deletes the oldest ones. */
export type LogFile = { index: number /** In bytes. */; size: number };

/** A place in such a log that stays right when files are deleted: `at` bytes into the file `file`. */
export type LogPosition = { file: number; at: number };

/** The place `offset` bytes behind the beginning of what is there, or before its end when negative. */
export function positionAt(files: readonly LogFile[], offset: number): LogPosition {
  const total = files.reduce((sum, { size }) => sum + size, 0);
  let rest = offset < 0 ? Math.max(0, total + offset) : Math.min(offset, total);
  for (const { index, size } of files) {
    if (rest < size || index === files.at(-1)?.index) return { file: index, at: rest };
    rest -= size;
  }
  return { file: 0, at: 0 };
}

/** How many bytes of what is there lie before the place; of a deleted file none do. */
export function offsetOf(files: readonly LogFile[], { file, at }: LogPosition): number {
  return files.reduce((sum, { index, size }) => {
    if (index > file) return sum;
    return sum + (index < file ? size : Math.min(at, size));
  }, 0);
}

/** The place after `bytes` more, which the server says are of the file named `name`. */
export function advance(position: LogPosition, name: string, bytes: number, truncated: boolean): LogPosition {
  const index = Number(/\.(\d+)$/.exec(name)?.[1] ?? position.file);
  const from = truncated || index !== position.file ? 0 : position.at;
  return { file: index, at: from + bytes };
}
