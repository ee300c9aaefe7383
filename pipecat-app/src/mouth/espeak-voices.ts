import { execFileSync } from 'node:child_process';

/** Variants offered with every English voice: the numbered male and female ones that ship with espeak-ng. */
const VARIANT = /^[mf]\d$/;

/**
 * Names that a person chooses (`en-us`, `en-gb+f3`, `de`) and what `espeak-ng -v` must be given for each. It is given the
 * voice's file (`gmw/en+f3`): espeak-ng 1.51 ignores the variant in `en-gb+f3`.
 */
export type EspeakVoices = ReadonlyMap<string, string>;

/**
 * Asks espeak-ng what it has; takes about 20 ms, once. English voices come first, each with its variants. Voices that
 * need the separate mbrola program are left out. Empty when the program is not there or does not answer.
 */
export function readEspeakVoices(binary: string): EspeakVoices {
  try {
    const ask = (what: string): string =>
      execFileSync(binary, [what], { encoding: 'utf8', timeout: 5000, stdio: 'pipe' });
    return parseEspeakVoices(ask('--voices'), ask('--voices=variant'));
  } catch {
    return new Map();
  }
}

/** Reads the two tables that `espeak-ng --voices` and `espeak-ng --voices=variant` print. */
export function parseEspeakVoices(table: string, variantTable: string): EspeakVoices {
  const listed = rows(table).filter(({ file }) => !file.startsWith('mb/') && !file.startsWith('!v/'));
  const variants = rows(variantTable)
    .map(({ file }) => file.replace('!v/', ''))
    .filter((name) => VARIANT.test(name))
    .sort();
  const isEnglish = ({ name }: { name: string }): boolean => name.startsWith('en-');
  const voices = new Map<string, string>();
  for (const { name, file } of listed.filter(isEnglish)) {
    voices.set(name, file);
    for (const variant of variants) voices.set(`${name}+${variant}`, `${file}+${variant}`);
  }
  for (const { name, file } of listed.filter((row) => !isEnglish(row))) voices.set(name, file);
  return voices;
}

/** Columns: priority, language, age/gender, voice name, file, other languages; the first line is the heading. */
function rows(table: string): { name: string; file: string }[] {
  return table
    .split('\n')
    .slice(1)
    .map((line) => /^\s*\d+\s+(\S+)\s+\S+\s+\S+\s+(\S+)/.exec(line))
    .flatMap((match) => (match?.[1] && match[2] ? [{ name: match[1], file: match[2] }] : []));
}
