/** The commands below `ortolan artifacts`, with their arguments and flags. */
import type { Command } from 'commander';
import type { OptionName } from '../../config/schema.ts';
import { addConfigFlags } from '../config-flags.ts';
import type { Terminal } from '../terminal.ts';
import { applyLifecycle } from './lifecycle.ts';
import { listArtifacts } from './list.ts';
import { pruneArtifacts } from './prune.ts';
import { pullArtifacts } from './pull.ts';
import { pushArtifacts } from './push.ts';
import { removeArtifacts } from './remove.ts';
import { restoreArtifacts } from './restore.ts';

const STORE: readonly OptionName[] = ['artifactsUrl', 'artifactsEndpoint', 'artifactsRegion'];
const JSON_FLAG = ['--json', 'print one JSON object'] as const;
const KEEP_FLAG = ['--keep <time>', 'how long backups are kept, such as 30d or 12h', '30d'] as const;
const NAMED = 'NAME, or NAME/VERSION';

/** `net 2` is `net/2`, as other commands have it. */
const withVersion = (name: string, version: string | undefined): string =>
  version === undefined ? name : `${name}/${version}`;

type Typed = Readonly<Record<string, unknown>>;

export function configureArtifacts(command: Command, terminal: Terminal): void {
  const push = command
    .command('push')
    .description(
      'Put versions of a model into the store: checked, backed up where they displace others, then listed.',
    )
    .argument('<name>', `${NAMED}; without a version all that lie on disk`)
    .argument('[version]', 'the version, where the name is without it')
    .option('--to <address>', 'another store than artifactsUrl')
    .option('--only-writer', 'nobody else writes to the store: go on where it cannot keep writers apart')
    .option(...JSON_FLAG);
  addConfigFlags(push, ['models', ...STORE]).action(
    (name: string, version: string | undefined, typed: Typed) =>
      pushArtifacts(withVersion(name, version), typed, terminal),
  );

  const pull = command
    .command('pull')
    .description(
      'Fetch models from the store into the models folder: resumed, compared with their digests, put in place whole.',
    )
    .argument('[name...]', `${NAMED}, or NAME/VERSION@sha256:DIGEST; by default all`)
    .option('--from <address>', 'another store than artifactsUrl')
    .option('--replace', 'also where the folder holds something that was not pulled, or was changed since')
    .option(...JSON_FLAG);
  addConfigFlags(pull, ['models', ...STORE, 'modelPublicKeys', 'modelsSignedOnly']).action(
    (names: readonly string[], typed: Typed) => pullArtifacts(names, typed, terminal),
  );

  const list = command
    .command('list')
    .description('What the store offers, with the digest of each version.')
    .argument('[name]', 'one model; by default all')
    .option('--backups', 'the backups instead, the newest first')
    .option('--from <address>', 'another store than artifactsUrl')
    .option(...JSON_FLAG);
  addConfigFlags(list, STORE).action((name: string | undefined, typed: Typed) =>
    listArtifacts(name, typed, terminal),
  );

  const restore = command
    .command('restore')
    .description(
      'Make a model in the store what it was before a change; what that displaces is backed up in turn.',
    )
    .argument('<name>', 'the model')
    .argument('[backup]', 'its id, as `list --backups` shows it; by default the newest')
    .option('--only-writer', 'nobody else writes to the store: go on where it cannot keep writers apart')
    .option(...JSON_FLAG);
  addConfigFlags(restore, STORE).action((name: string, backup: string | undefined, typed: Typed) =>
    restoreArtifacts(name, backup, typed, terminal),
  );

  const remove = command
    .command('remove')
    .description('Take a version, or a whole model, out of the store; it is backed up first.')
    .argument('<name>', NAMED)
    .argument('[version]', 'the version, where the name is without it')
    .option('--only-writer', 'nobody else writes to the store: go on where it cannot keep writers apart')
    .option(...JSON_FLAG);
  addConfigFlags(remove, STORE).action((name: string, version: string | undefined, typed: Typed) =>
    removeArtifacts(withVersion(name, version), typed, terminal),
  );

  const prune = command
    .command('prune')
    .description('Delete backups after their time, and files that no version consists of any more.')
    .option(...KEEP_FLAG)
    .option('--dry-run', 'only say what would go')
    .option('--only-writer', 'nobody else writes to the store: go on where it cannot keep writers apart')
    .option(...JSON_FLAG);
  addConfigFlags(prune, STORE).action((typed: Typed) => pruneArtifacts(typed, terminal));

  const lifecycle = command
    .command('lifecycle')
    .description(
      'Print the rules by which the bucket itself removes backups and what was overwritten, or apply them.',
    )
    .option(...KEEP_FLAG)
    .option('--apply', 'set them on the bucket; rules of others stay');
  addConfigFlags(lifecycle, STORE).action((typed: Typed) => applyLifecycle(typed, terminal));
}
