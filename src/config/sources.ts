/**
 * Collects the values that each place gives to options, unchecked: flags, environment, .env and the config file. A file
 * that cannot be read is a problem, one that does not exist is not, unless it was named.
 */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseEnv } from 'node:util';
import { ENV_NAMES, envOf, flagOf, isOurs, optionOfEnv, type OTHER_ENV_NAMES } from './names.ts';
import { nearestName } from './nearest.ts';
import { valueOfJson, valueOfText } from './option-text.ts';
import { OPTION_NAMES, type OptionName } from './schema.ts';
import { standardSettings } from './standard-env.ts';

export interface Source {
  readonly kind: 'flag' | 'environment' | '.env' | 'file' | 'default';
  /** As the operator knows it: `--port`, `ORTOLAN_PORT`, `/etc/ortolan.json`, `default`. */
  readonly name: string;
}

export interface Given {
  readonly value: unknown;
  readonly source: Source;
}

export interface Collected {
  /** The value of each option that any place sets, from the place that comes first. */
  readonly given: ReadonlyMap<OptionName, Given>;
  /** Sentences; each makes the whole configuration wrong. */
  readonly problems: readonly string[];
  /** Sentences for the log. */
  readonly warnings: readonly string[];
}

/** Texts of flags by option name; `config` is the path of the file. */
export type Flags = Readonly<Partial<Record<OptionName | 'config', string>>>;
export type Environment = Readonly<Record<string, string | undefined>>;

const DEFAULT_FILE = 'ortolan.json';

/** Names that Kubernetes gives to every pod beside a Service called ortolan. */
const SERVICE_LINK = /^ORTOLAN_(SERVICE_HOST|SERVICE_PORT(_\w+)?|PORT_\d+_(TCP|UDP)(_\w+)?)$/;

/** Flag, then environment, then .env in `cwd`, then the config file, then the variables of standard-env.ts. */
export function collect(flags: Flags, env: Environment, cwd: string): Collected {
  const given = new Map<OptionName, Given>();
  const problems: string[] = [];
  const put = (name: OptionName, value: unknown, source: Source): void => {
    if (!given.has(name)) given.set(name, { value, source });
  };

  for (const name of OPTION_NAMES) {
    const text = flags[name];
    if (text !== undefined) put(name, valueOfText(name, text), { kind: 'flag', name: flagOf(name) });
  }
  const unknown = takeEnvironment(env, { kind: 'environment', suffix: '' }, put);

  const dotEnvFile = resolve(cwd, '.env');
  const dotEnv = readDotEnv(dotEnvFile, problems);
  const unknownInFile = takeEnvironment(dotEnv, { kind: '.env', suffix: ` in ${dotEnvFile}` }, put);
  for (const name of unknownInFile) {
    problems.push(`${name} in ${dotEnvFile} is no option${hint(name, ENV_NAMES)}.`);
  }

  const chosen = flags.config ?? nonEmpty(env['ORTOLAN_CONFIG']) ?? nonEmpty(dotEnv['ORTOLAN_CONFIG']);
  takeFile(resolve(cwd, chosen ?? DEFAULT_FILE), chosen !== undefined, put, problems);
  const standard = standardSettings({ ...dotEnv, ...env });
  for (const { option, variable, value } of standard.settings) {
    put(option, value, { kind: 'environment', name: variable });
  }
  return { given, problems, warnings: [...warningsOf(unknown), ...standard.warnings] };
}

/** A setting that is no option of the server, from the environment, else from .env in `cwd`. */
export const otherSetting = (
  name: (typeof OTHER_ENV_NAMES)[number],
  env: Environment,
  cwd: string,
): string | undefined => nonEmpty(env[name]) ?? nonEmpty(readDotEnv(resolve(cwd, '.env'), [])[name]);

type Put = (name: OptionName, value: unknown, source: Source) => void;

/** Puts what the variables say and returns those that begin like ours and are none. */
function takeEnvironment(
  env: Environment,
  from: { readonly kind: 'environment' | '.env'; readonly suffix: string },
  put: Put,
): string[] {
  const unknown: string[] = [];
  for (const [variable, text] of Object.entries(env)) {
    // Compose and shells pass `${NAME:-}` as an empty text: that is "not given".
    if (!isOurs(variable) || nonEmpty(text) === undefined) continue;
    const name = optionOfEnv.get(variable);
    if (name !== undefined) {
      put(name, valueOfText(name, text ?? ''), { kind: from.kind, name: `${envOf(name)}${from.suffix}` });
    } else if (!ENV_NAMES.includes(variable)) {
      unknown.push(variable);
    }
  }
  return unknown;
}

function readDotEnv(file: string, problems: string[]): Environment {
  const text = readText(file, false, problems);
  return text === undefined ? {} : parseEnv(text);
}

function takeFile(file: string, required: boolean, put: Put, problems: string[]): void {
  const text = readText(file, required, problems);
  if (text === undefined) return;
  let content: unknown;
  try {
    content = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    problems.push(`${file} is not valid JSON: ${(error as Error).message}.`);
    return;
  }
  if (typeof content !== 'object' || content === null || Array.isArray(content)) {
    problems.push(`${file} must hold one JSON object of options.`);
    return;
  }
  for (const [key, value] of Object.entries(content)) {
    const name = OPTION_NAMES.find((option) => option === key);
    if (name !== undefined) put(name, valueOfJson(name, value), { kind: 'file', name: file });
    // Editors find the schema of a JSON file by this key.
    else if (key !== '$schema') problems.push(`${key} in ${file} is no option${hint(key, OPTION_NAMES)}.`);
  }
}

function readText(file: string, required: boolean, problems: string[]): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code !== 'ENOENT') problems.push(`${file} cannot be read (${code}).`);
    else if (required) problems.push(`${file} is named as the config file, but does not exist.`);
    return undefined;
  }
}

function warningsOf(unknown: readonly string[]): string[] {
  const links = unknown.filter((name) => SERVICE_LINK.test(name));
  const warnings = unknown
    .filter((name) => !SERVICE_LINK.test(name))
    .map((name) => `${name} in the environment is no option and is ignored${hint(name, ENV_NAMES)}.`);
  if (links.length > 0) {
    warnings.push(
      `${links.length} variables such as ${links[0]} come from Kubernetes service links and are ignored; enableServiceLinks: false in the pod spec removes them.`,
    );
  }
  return warnings;
}

function hint(name: string, known: readonly string[]): string {
  const nearest = nearestName(name, known);
  return nearest === undefined ? '' : ` (did you mean ${nearest}?)`;
}

const nonEmpty = (text: string | undefined): string | undefined =>
  text === undefined || text.trim() === '' ? undefined : text;
