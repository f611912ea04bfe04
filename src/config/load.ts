/**
 * The configuration of one process: flag > environment > .env > config file > default, checked as a whole.
 * Reports all that is wrong at once. Never exits and never logs: the command line does.
 */
import { dirname, resolve } from 'node:path';
import { Check } from 'typebox/schema';
import { doubtsOfAuthentication, faultsOfAuthentication, isUrl } from './authentication.ts';
import { readMachine, type Machine } from './machine.ts';
import { rangeOf, shownValue } from './option-text.ts';
import { factsOf, OPTION_NAMES, OPTIONS, type Config, type OptionName } from './schema.ts';
import { secretsOf } from './secrets/given-by-file.ts';
import { collect, type Environment, type Flags, type Given, type Source } from './sources.ts';

/** The configuration is wrong; the message lists every fault, one a line. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

export interface ConfigInput {
  readonly flags: Flags;
  readonly env: Environment;
  /** Folder that holds .env and ortolan.json, and that relative paths start from. */
  readonly cwd: string;
  /** Read from the system unless given. */
  readonly machine?: Machine;
}

export interface LoadedConfig {
  readonly config: Config;
  readonly sources: Readonly<Record<OptionName, Source>>;
  readonly machine: Machine;
  /** Sentences for the log; none of them stops the start. */
  readonly warnings: readonly string[];
}

const BY_DEFAULT: Source = { kind: 'default', name: 'default' };

/** @throws ConfigError naming every wrong option with its source, value and range. */
export function loadConfig(input: ConfigInput): LoadedConfig {
  const machine = input.machine ?? readMachine();
  const collected = collect(input.flags, input.env, input.cwd);
  const problems = [...collected.problems];
  const values = new Map<OptionName, unknown>();
  const sources = {} as Record<OptionName, Source>;

  const secrets = secretsOf(collected.given, (file) => absolute(file, input.cwd));
  problems.push(...secrets.problems);

  for (const name of OPTION_NAMES) {
    const given = secrets.given.get(name) ??
      collected.given.get(name) ?? { value: factsOf(name).default, source: BY_DEFAULT };
    sources[name] = given.source;
    if (given.source !== BY_DEFAULT && !Check(OPTIONS[name], given.value)) {
      problems.push(complaint(name, given));
      continue;
    }
    values.set(name, factsOf(name).path === true ? pathsIn(given, input.cwd) : given.value);
  }
  fillComputed(values, machine, input.env);
  if (problems.length === 0) problems.push(...contradictions(values, sources));
  if (problems.length > 0) throw new ConfigError(summary(problems));

  const config = Object.freeze(Object.fromEntries(values)) as Config;
  return {
    config,
    sources,
    machine,
    warnings: [...collected.warnings, ...secrets.warnings, ...doubts(config, machine)],
  };
}

/** `port: "http" from ORTOLAN_PORT is wrong: it takes a whole number from 0 to 65535.` */
function complaint(name: OptionName, { value, source }: Given): string {
  if (name === 'port' && typeof value === 'string' && /^(tcp|udp):\/\//.test(value)) {
    return `port: ${source.name} is "${value}", which Kubernetes sets for a Service called ortolan. Set enableServiceLinks: false in the pod spec, or give the port by --port.`;
  }
  const shown = shownValue(name, value);
  const quoted = typeof value === 'string' && shown === value ? JSON.stringify(value) : shown;
  return `${name}: ${source.name} says ${quoted}, but it takes ${rangeOf(name)}.`;
}

function summary(problems: readonly string[]): string {
  const [first] = problems;
  if (problems.length === 1) return `The configuration is wrong. ${first}`;
  return `The configuration is wrong in ${problems.length} places.\n${problems.map((line) => `  ${line}`).join('\n')}`;
}

/** A path in a file starts from that file's folder; all others from the working folder. A URL is none. */
function absolute({ value, source }: Given, cwd: string): string | undefined {
  if (typeof value !== 'string' || isUrl(value)) return value as string | undefined;
  return source.kind === 'file' ? resolve(dirname(source.name), value) : resolve(cwd, value);
}

/** The same of a path, or of a list of them. */
const pathsIn = (given: Given, cwd: string): string | undefined | (string | undefined)[] =>
  Array.isArray(given.value)
    ? given.value.map((value: unknown) => absolute({ ...given, value }, cwd))
    : absolute(given, cwd);

/** Defaults that follow from the machine, the environment and the options before them. */
function fillComputed(values: Map<OptionName, unknown>, machine: Machine, env: Environment): void {
  const valueOf = (name: string): unknown => values.get(name as OptionName);
  for (const name of OPTION_NAMES) {
    if (values.get(name) !== undefined) continue;
    values.set(name, factsOf(name).computed?.({ machine, env, valueOf }));
  }
}

/** Values that are allowed alone but not together. */
function contradictions(
  values: ReadonlyMap<OptionName, unknown>,
  sources: Readonly<Record<OptionName, Source>>,
): string[] {
  const inFlight = Number(values.get('maxInFlightBytes'));
  const largest = Math.max(Number(values.get('maxBodyBytes')), Number(values.get('maxJsonBytes')));
  const problems = faultsOfAuthentication(Object.fromEntries(values) as unknown as Config);
  if (inFlight < largest) {
    problems.push(
      `maxInFlightBytes: ${sources.maxInFlightBytes.name} says ${shownValue('maxInFlightBytes', inFlight)}, but it must hold the largest body (maxBodyBytes, maxJsonBytes): ${shownValue('maxBodyBytes', largest)}.`,
    );
  }
  const keys = values.get('modelPublicKeys') as readonly string[];
  if (values.get('modelsSignedOnly') === 'on' && keys.length === 0) {
    problems.push(
      `modelsSignedOnly: ${sources.modelsSignedOnly.name} says on, but modelPublicKeys names no key, so that no model could be served.`,
    );
  }
  return problems;
}

function doubts(config: Config, machine: Machine): string[] {
  const doubts = doubtsOfAuthentication(config);
  if (config.workers <= machine.cores) return doubts;
  return [
    ...doubts,
    `workers is ${config.workers}, but ${machine.cores} can run at once here (${machine.coresFrom}): every answer will be slower.`,
  ];
}
