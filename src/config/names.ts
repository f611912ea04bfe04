/** How an option is called in each place: maxBodyBytes, --max-body-bytes, ORTOLAN_MAX_BODY_BYTES. Pure. */
import { OPTION_NAMES, type OptionName } from './schema.ts';

const ENV_PREFIX = 'ORTOLAN_';

/** The environment names that are not options: where the file is, which server commands ask and with which key, and those of bin/supervise. */
export const OTHER_ENV_NAMES = [
  'ORTOLAN_CONFIG',
  'ORTOLAN_URL',
  'ORTOLAN_API_KEY',
  'ORTOLAN_API_KEY_FILE',
  'ORTOLAN_CRASH_RESTARTS',
  'ORTOLAN_SUPERVISOR',
  'ORTOLAN_CRASHED',
] as const;

const words = (name: string): string => name.replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2');

export const flagOf = (name: OptionName): string => `--${words(name).toLowerCase().replaceAll('_', '-')}`;

export const envOf = (name: OptionName): string => `${ENV_PREFIX}${words(name).toUpperCase()}`;

export const optionOfEnv: ReadonlyMap<string, OptionName> = new Map(
  OPTION_NAMES.map((name) => [envOf(name), name]),
);

export const isOurs = (envName: string): boolean => envName.startsWith(ENV_PREFIX);

/** Every environment name that means something to us. */
export const ENV_NAMES: readonly string[] = [...optionOfEnv.keys(), ...OTHER_ENV_NAMES];
