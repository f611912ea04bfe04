/** `ortolan classify`: the classes of images, by a running server when one is named, else in this process. */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { OptionName } from '../../config/schema.ts';
import { otherSetting } from '../../config/sources.ts';
import { CliError } from '../cli-error.ts';
import { credentialOf, KEY_FLAG } from '../credential.ts';
import { addConfigFlags, configOf } from '../config-flags.ts';
import { openLocally } from './local.ts';
import { predictionLines, type Classified } from './predictions.ts';
import { serverAddress } from '../server-address.ts';
import { classifyRemotely } from './remote.ts';
import type { Terminal } from '../terminal.ts';

/** Where images are classified. */
interface Classifier {
  classify(bytes: Uint8Array<ArrayBuffer>): Promise<Classified>;
  close(): Promise<void>;
}

/** The options that matter to one process without HTTP; environment and file may set the others too. */
const LOCAL_OPTIONS: readonly OptionName[] = [
  'models',
  'modelName',
  'device',
  'deviceFallback',
  'decoder',
  'topK',
  'maxImagePixels',
];

export function configureClassify(command: Command, terminal: Terminal): void {
  command
    .argument('<image...>', 'files to classify')
    .option(
      '--url <address>',
      'ask the server at this address; by default ORTOLAN_URL, else no server is needed',
    )
    .option(...KEY_FLAG)
    .option('--model <name>', 'the model to use; by default the default model')
    .option('--json', 'print one JSON object a line instead of a table');
  addConfigFlags(command, LOCAL_OPTIONS).action((images: string[], typed) =>
    classify(images, typed, terminal),
  );
}

/** Goes on after an image that fails. @throws CliError at the end when any did */
async function classify(
  images: readonly string[],
  typed: Readonly<Record<string, unknown>>,
  terminal: Terminal,
): Promise<void> {
  const classifier = await open(typed, terminal);
  let failed = 0;
  try {
    for (const image of images) {
      try {
        const answer = await classifier.classify(await readImage(image, terminal.cwd));
        terminal.out(typed['json'] === true ? jsonLine(image, answer) : block(image, answer, terminal));
      } catch (error) {
        if (!(error instanceof CliError) || images.length === 1) throw error;
        failed += 1;
        terminal.err(`ortolan: ${image}: ${error.message}`);
      }
    }
  } finally {
    await classifier.close();
  }
  if (failed > 0) throw new CliError(1, `${failed} of ${images.length} images could not be classified.`);
}

async function open(typed: Readonly<Record<string, unknown>>, terminal: Terminal): Promise<Classifier> {
  const model = typed['model'] as string | undefined;
  const address =
    (typed['url'] as string | undefined) ?? otherSetting('ORTOLAN_URL', terminal.env, terminal.cwd);
  if (address === undefined) {
    const flags = model === undefined ? typed : { ...typed, defaultModel: model };
    return openLocally(configOf(flags, terminal).config);
  }
  const server = serverAddress(address);
  const topK = typed['topK'] as string | undefined;
  const credential = credentialOf(typed, terminal);
  return {
    classify: (bytes) => classifyRemotely(server, bytes, { model, topK, credential }),
    close: () => Promise.resolve(),
  };
}

async function readImage(image: string, cwd: string): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return new Uint8Array(await readFile(resolve(cwd, image)));
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    throw new CliError(
      1,
      code === 'ENOENT' ? `There is no file ${image}.` : `${image} cannot be read (${code}).`,
    );
  }
}

const block = (image: string, answer: Classified, terminal: Terminal): string =>
  predictionLines(image, answer, terminal).join('\n');

const jsonLine = (image: string, { model, predictions }: Classified): string =>
  JSON.stringify({ image, model, predictions });
