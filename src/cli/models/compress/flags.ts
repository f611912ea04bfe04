/** The arguments and flags of `ortolan models compress`, and what was asked for by them. */
import { InvalidArgumentError, Option, type Command } from 'commander';
import { CliError } from '../../cli-error.ts';
import { addConfigFlags } from '../../config-flags.ts';
import { addExampleFlags, addLimitFlags, shareOf } from '../gate/flags.ts';

type Typed = Readonly<Record<string, unknown>>;

/** What is made. */
export type How =
  | { readonly kind: 'int8'; readonly reduceRange: 'auto' | 'on' | 'off' }
  | { readonly kind: 'prune'; readonly share: number; readonly epochs: number };

const DEFAULT_SHARE = 0.5;
const DEFAULT_EPOCHS = 20;
const DEFAULT_HELD_OUT = 0.3;

/** Forms of quantisation that are known elsewhere, and why they are not made here. */
const REFUSED: Readonly<Record<string, readonly [flag: string, why: string]>> = {
  dynamic: [
    '--dynamic',
    'Dynamic quantisation is not made: it finds the range of the activations anew for every batch, so that an answer depends on its ' +
      'neighbours in the batch, and convolution nets lose accuracy or collapse, and get slower: of the model in the box 63 % of the answers stay, in 3.7 times the time. Take --int8, which calibrates once, on examples.',
  ],
  weightOnly: [
    '--weight-only',
    'Weight-only quantisation is not made: the weights are unpacked before every product, so that a convolution net gets no faster. ' +
      'Take --int8 for size and time, or --prune.',
  ],
};

/** Adds all of them; the action is the caller's. */
export function addCompressFlags(command: Command): Command {
  const compress = command
    .description('Make a smaller, faster version of a model, and register it when it passes the gate.')
    .argument('<name>', 'the model')
    .option('--int8', 'static int8 weights and activations, calibrated on examples')
    .option('--prune [share]', `remove that share of the channels and train the rest; default: ${DEFAULT_SHARE}`, pruneShare)
    .option('--from <version>', 'the version to start from, and to be measured against; default: the one that answers')
    .addOption(
      new Option('--reduce-range <when>', 'seven-bit weights: auto, where this processor needs it')
        .choices(['auto', 'on', 'off'])
        .default('auto'),
    )
    .option('--epochs <n>', 'passes over the training examples after pruning', epochs, DEFAULT_EPOCHS)
    .option('--held-out <path>', 'examples to judge by; default: a part of the others, which is used for nothing else')
    .option('--held-out-share <share>', 'how much of the examples that part is', shareOf, DEFAULT_HELD_OUT);
  addLimitFlags(addExampleFlags(compress))
    .option('--report <file>', 'write the report there as well, passed or refused')
    .option('--json', 'print the report as JSON');
  for (const [flag] of Object.values(REFUSED)) compress.addOption(new Option(flag).hideHelp());
  return addConfigFlags(compress, ['models', 'modelName', 'maxImagePixels']);
}

/** @throws CliError with exit code 2 when nothing, or two things, or a form that is not made, was asked for */
export function howIn(typed: Typed): How {
  for (const [name, [, why]] of Object.entries(REFUSED)) {
    if (typed[name] === true) throw new CliError(2, why);
  }
  const { int8, prune } = typed;
  if (int8 === true && prune !== undefined)
    throw new CliError(2, 'One at a time, so that each is judged: --prune first, then --int8 --from the version that it made.');
  if (int8 === true) return { kind: 'int8', reduceRange: typed['reduceRange'] as 'auto' | 'on' | 'off' };
  if (prune === undefined) throw new CliError(2, 'Say what to do: --int8 or --prune.');
  return {
    kind: 'prune',
    share: prune === true ? DEFAULT_SHARE : (prune as number),
    epochs: typed['epochs'] as number,
  };
}

function pruneShare(text: string): number {
  const share = shareOf(text);
  if (share > 0 && share < 1) return share;
  throw new InvalidArgumentError('It is a share between 0 and 1, such as 0.5.');
}

function epochs(text: string): number {
  const count = Number(text);
  if (Number.isInteger(count) && count >= 1 && count <= 10_000) return count;
  throw new InvalidArgumentError('It is a whole number from 1 to 10000.');
}
