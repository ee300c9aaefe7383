import type { WriteStream } from 'node:tty';
import { Presets, SingleBar } from 'cli-progress';
import type { Model } from '../models/catalogue.js';
import type { PullProgress } from '../models/progress.js';
import type { ModelState } from '../models/store.js';

const STATE_WORDS: Readonly<Record<ModelState, string>> = {
  ready: 'ready',
  unchecked: 'not checked',
  partial: 'partly there',
  'wrong-size': 'damaged',
  missing: 'missing',
};

/** `253 MB`; decimal megabytes, as disks are sold. */
export const sizeText = (bytes: number): string => `${Math.max(1, Math.round(bytes / 1e6))} MB`;

/** The catalogue as aligned columns. */
export function modelTable(rows: readonly { model: Model; state: ModelState }[]): string {
  const lines = [
    ['NAME', 'KIND', 'STATE', 'SIZE', 'LICENSE'],
    ...rows.map(({ model, state }) => [
      model.name + (model.default ? '*' : ''),
      model.kind,
      STATE_WORDS[state],
      sizeText(model.bytes),
      model.license.id,
    ]),
  ];
  const widths = lines[0]?.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0))) ?? [];
  const text = lines.map((line) =>
    line
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  return `${text.join('\n')}\n* one of each kind is fetched by \`twin models pull --defaults\`, the first that can be had\n`;
}

/** What is shown before a model is fetched. */
export function licenseText({ name, bytes, license }: Model): string {
  return `${name} (${sizeText(bytes)}), license ${license.id}: ${license.notice}\n  ${license.url}\n`;
}

/** Shows a pull: a bar on a terminal, one line per step elsewhere, nothing when quiet. */
export interface PullView {
  progress(label: string, progress: PullProgress): void;
  say(sentence: string): void;
  stop(): void;
}

export function pullView(stream: WriteStream | NodeJS.WriteStream, quiet: boolean): PullView {
  const bar = !quiet && stream.isTTY === true;
  return bar ? barView(stream) : lineView(stream, quiet);
}

function barView(stream: NodeJS.WriteStream): PullView {
  let bar: SingleBar | undefined;
  const stop = (): void => {
    bar?.stop();
    bar = undefined;
  };
  return {
    progress(label, { step, doneBytes, totalBytes, etaS }) {
      if (!bar) {
        const format = '{label}: {step} {bar} {percentage}% of {size}{left}';
        bar = new SingleBar(
          { format, stream, hideCursor: true, gracefulExit: false, barsize: 30 },
          Presets.shades_classic,
        );
        bar.start(totalBytes, 0, { label, step, size: sizeText(totalBytes), left: '' });
      }
      bar.update(doneBytes, { label, step, left: etaS === null ? '' : `, ${etaS} s left` });
    },
    say(sentence) {
      stop();
      stream.write(`${sentence}\n`);
    },
    stop,
  };
}

function lineView(stream: NodeJS.WriteStream, quiet: boolean): PullView {
  let last = '';
  return {
    progress(label, { step, totalBytes }) {
      if (quiet || step === last) return;
      last = step;
      stream.write(`${label}: ${step} (${sizeText(totalBytes)})\n`);
    },
    say(sentence) {
      if (!quiet) stream.write(`${sentence}\n`);
    },
    stop() {
      last = '';
    },
  };
}
