import { Command, Option } from 'commander';
import { readConfig } from '../config.js';
import { findModel, type Quant } from '../models/catalogue.js';
import { quantizeModel } from '../models/quantize.js';
import { interruptible, openStore, printJson, type Shared, summary, withShared } from './models-shared.js';
import { pullView, sizeText } from './models-view.js';

const TARGETS: readonly Quant[] = ['q4_0', 'q4_k_m', 'q8_0'];

const HELP = `
On a CPU without AVX only q4_0 has a fast kernel, so there use:
  twin models quantize gemma3-270m-q4_k_m --to q4_0 --pure

--pure also stores the embeddings and the output layer in that form: smaller and faster, a little less exact.
A file made from one that is quantised already loses a little more than one made from the original weights.
The new file has an entry of its own (twin models list) and is preferred to the one it was made from as long as it is there.`;

type Flags = Shared & { to: Quant; pure: boolean };

/** `twin models quantize`: another form of a language model that is here. */
export function quantizeCommand(): Command {
  return withShared(new Command('quantize'))
    .description('store a language model in another form, for example for an old CPU')
    .argument('<name>', 'a language model of the catalogue that is here')
    .addOption(new Option('--to <form>', 'form of the weights').choices(TARGETS).makeOptionMandatory())
    .option('--pure', 'embeddings and output layer too', false)
    .addHelpText('after', HELP)
    .action((name: string, _flags, command: Command) =>
      interruptible((signal) => quantize(name, command.optsWithGlobals<Flags>(), signal), 'nothing was left behind'),
    );
}

async function quantize(name: string, { to, pure, output, catalogue }: Flags, signal: AbortSignal): Promise<void> {
  const store = openStore(catalogue);
  const base = findModel(store.catalogue, name);
  const view = pullView(process.stderr, output === 'json');
  try {
    const made = await quantizeModel(
      store,
      base,
      { to, pure },
      {
        enginesDir: readConfig().TWIN_ENGINES,
        signal,
        onProgress: (progress) => view.progress(name, progress),
        onNote: (sentence) => view.say(sentence),
      },
    );
    view.say(`${made.name} is ready (${sizeText(made.bytes)}, ${base.name} has ${sizeText(base.bytes)}).`);
    if (output === 'json') printJson([{ ...summary(made), path: store.path(made) }]);
  } finally {
    view.stop();
  }
}
