/** The commands below `ortolan models`, with their arguments and flags. */
import type { Command } from 'commander';
import { addConfigFlags, configOf } from '../config-flags.ts';
import { KEY_FLAG } from '../credential.ts';
import { SERVER_FLAGS, URL_FLAG } from '../server-address.ts';
import type { Terminal } from '../terminal.ts';
import { configureBundle } from './bundle/bundle.ts';
import { CATALOGUE } from './catalogue.ts';
import { configureCompress } from './compress/compress.ts';
import { encryptModel } from './encrypt.ts';
import { configureGate } from './gate/gate.ts';
import { listModels } from './list.ts';
import { profileModels } from './profile.ts';
import { pull } from './pull.ts';
import { signModel } from './sign.ts';
import { releaseModel } from './release.ts';
import { showTraffic } from './traffic/traffic.ts';
import { verifyModels } from './verify.ts';

const TRUST_FLAGS = ['modelPublicKeys', 'modelsSignedOnly', 'modelKeyFile'] as const;

/** `--public-key a.pem --public-key b.pem` is a list. */
const gathered = (value: string, before: readonly string[] = []): readonly string[] => [...before, value];

export function configureModels(command: Command, terminal: Terminal): void {
  const list = command.command('list').description('Every version of every model on disk.');
  list.option('--json', 'print one JSON object');
  addConfigFlags(list, ['models', 'modelName', 'modelPublicKeys', 'modelsSignedOnly']).action((typed) => listModels(typed, terminal));

  const verify = command
    .command('verify')
    .description(
      'Check every version as before it serves: digests, signature, inputs and outputs, batches, golden samples.',
    );
  verify.argument('[name]', 'one model; by default all');
  verify.option('--public-key <file>', 'a version has to be signed with this key, or another one that is given', gathered);
  addConfigFlags(verify, ['models', 'modelName', 'device', 'deviceFallback', ...TRUST_FLAGS]).action((name: string | undefined, typed) =>
    verifyModels(name, typed, terminal),
  );

  const sign = command
    .command('sign')
    .description('Sign every version of a model, as OpenSSF model-signing does with a key.')
    .argument('<name>', 'the model')
    .argument('[version]', 'only this version')
    .requiredOption('--private-key <file>', 'EC key in PEM: P-256, P-384 or P-521')
    .option('--passphrase-file <file>', 'the passphrase of an encrypted key')
;
  addConfigFlags(sign, ['models', 'modelName']).action(
    (name: string, version: string | undefined, typed) => signModel({ name, version }, typed, terminal),
  );

  const encrypt = command
    .command('encrypt')
    .description('Make a copy of a model with encrypted weights, which are decrypted in memory alone.')
    .argument('<name>', 'the model')
    .argument('[version]', 'only this version')
    .requiredOption('--key-file <file>', 'the key: 32 bytes, or 64 hexadecimal digits')
    .requiredOption('--to <folder>', 'the models folder that gets the copy')
;
  addConfigFlags(encrypt, ['models', 'modelName']).action(
    (name: string, version: string | undefined, typed) => encryptModel({ name, version }, typed, terminal),
  );

  configureBundle(command, terminal);

  const profile = command
    .command('profile')
    .description('Measure what a batch costs, by rows and width, and which batch size pays.');
  profile.argument('[name]', 'one model; by default all');
  profile.option('--json', 'print one JSON object a line');
  addConfigFlags(profile, [
    'models',
    'modelName',
    'device',
    'deviceFallback',
    'sloP99Ms',
    'wideThreads',
    ...TRUST_FLAGS,
  ]).action(
    (name: string | undefined, typed) => profileModels(name, typed, terminal),
  );

  configureCompress(command, terminal);
  configureGate(command, terminal);

  const traffic = command
    .command('traffic')
    .description('Show which version of a model answers on a running server, or change that.')
    .argument('<name>', 'the model')
    .argument('[step]', 'promote, hold or rollback')
    .argument('[version]', 'the version to promote, where several might be meant')
    .option(...URL_FLAG)
    .option(...KEY_FLAG)
    .option('--split <weights>', 'weights by version, such as 1=90,int8=10, or none')
    .option('--sticky <key>', 'what a user is known by, such as header:x-user-id, or none')
    .option('--shadow <versions>', 'versions that see copies, such as 2 or 2=0.1 for a tenth, or none')
    .option('--guard <limits>', 'limits, such as maxErrorRate=0.01,maxP99Ratio=1.5, or none')
    .option('--json', 'print one JSON object');
  addConfigFlags(traffic, SERVER_FLAGS).action(
    (name: string, step: string | undefined, version: string | undefined, typed) =>
      showTraffic({ name, step, version }, typed, terminal),
  );

  const release = command
    .command('release')
    .description('Let a version run again that is quarantined because it has crashed the server.');
  release.argument('<name>', 'NAME, or NAME@VERSION');
  addConfigFlags(release, ['cacheDir']).action((name: string, typed) =>
    releaseModel(name, typed, terminal),
  );

  const names = CATALOGUE.map((entry) => entry.name).join(', ');
  const fetching = command.command('pull').description('Download a model and verify its digest.');
  fetching.argument('<name>', `one of ${names}`);
  fetching.option('--from <address>', 'take the same bytes from this address instead');
  addConfigFlags(fetching, ['models']).action((name: string, typed) =>
    pull(name, { models: configOf(typed, terminal).config.models, from: typed['from'] }, terminal),
  );
}
