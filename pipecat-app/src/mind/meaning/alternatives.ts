const CHOICE = /\(([^()]*\|[^()]*)\)/;

/**
 * The sentences that a line with alternatives stands for: `(turn|switch) it (on|)`. As many as its longest choice has
 * alternatives, and at most `most`; each alternative is in one of them where there is room.
 */
export function alternatives(line: string, most: number): string[] {
  const choices = line.split(CHOICE);
  const longest = Math.max(1, ...choices.filter((_, i) => i % 2 === 1).map((one) => one.split('|').length));
  const out = new Set<string>();
  for (let round = 0; round < Math.min(longest, most); round++) {
    // The second choice begins one further than the first, so that not all first alternatives stand together.
    const said = choices.map((one, i) => {
      if (i % 2 === 0) return one;
      const its = one.split('|');
      return its[(round + (i - 1) / 2) % its.length] ?? '';
    });
    out.add(said.join('').replace(/\s+/g, ' ').replace(/ ,/g, ',').trim());
  }
  return [...out];
}
