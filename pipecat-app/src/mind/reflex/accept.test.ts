import { fileURLToPath } from 'node:url';
import { test } from 'vitest';
import { conversation, labelledCommands } from './labelled.js';
import { Reflex } from './reflex.js';

const reflex = new Reflex(fileURLToPath(new URL('../../../../prompts/commands.yaml', import.meta.url)));
test('x', () => {
  let ok = 0;
  const out: string[] = [];
  const all = labelledCommands('commands.tsv');
  for (const c of all) {
    const u = reflex.understand(c.text);
    const good =
      u &&
      (u.call ?? '') === c.call &&
      Object.entries(c.args).every(([k, v]) => JSON.stringify(u.args[k]) === JSON.stringify(v));
    if (good) ok++;
    else out.push(`MISS ${c.text} -> ${JSON.stringify(u)}`);
  }
  let fa = 0;
  for (const t of conversation('conversation.txt')) {
    const u = reflex.understand(t);
    if (u) {
      fa++;
      out.push(`FALSE ${t} -> ${JSON.stringify(u)}`);
    }
  }
  console.log(out.join('\n'));
  console.log(ok, all.length, fa);
  const t0 = performance.now();
  for (let i = 0; i < 3; i++) for (const c of all) reflex.understand(c.text);
  console.log('us hit', ((performance.now() - t0) * 1000) / 3 / all.length);
  const neg = conversation('conversation.txt');
  const t1 = performance.now();
  for (let i = 0; i < 3; i++) for (const c of neg) reflex.understand(c);
  console.log('us miss', ((performance.now() - t1) * 1000) / 3 / neg.length);
});
