/**
 * The configuration of one process: flag > environment > .env > config file > default, checked as a whole.
 * All that is wrong is told at once. Never exits and never logs: the command line does.
 */
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { Check } from 'typebox/schema';
import { readMachine, type Machine } from './machine.ts';
import { rangeOf, shownValue } from './option-text.ts';
import { factsOf, OPTION_NAMES, OPTIONS, type Config, type OptionName } from './schema.ts';
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
  /** Given in tests; read from the system otherwise. */
  readonly machine?: Machine;
}

export interface LoadedConfig {
  readonly config: Config;
  readonly sources: Readonly<Record<OptionName, Source>>;
  readonly machine: Machine;
  /** Sentences worth a log line: nothing of this stops the server. */
  readonly warnings: readonly string[];
}

const MAX_IN_FLIGHT_DEFAULT = 512 * 1024 ** 2;
/** 8700 x 5800; more than any camera of today gives. */
const MAX_PIXELS_DEFAULT = 50_000_000;

/** Measured: decoding a 7000 x 7000 RGB PNG of 160 kB took 305 MiB more for a moment. */
const BYTES_PER_PIXEL = 6.5;
const BY_DEFAULT: Source = { kind: 'default', name: 'default' };

/** @throws ConfigError naming every wrong option with its source, value and range. */
export function loadConfig(input: ConfigInput): LoadedConfig {
  const machine = input.machine ?? readMachine();
  const collected = collect(input.flags, input.env, input.cwd);
  const problems = [...collected.problems];
  const values = new Map<OptionName, unknown>();
  const sources = {} as Record<OptionName, Source>;

  for (const name of OPTION_NAMES) {
    const given = collected.given.get(name) ?? { value: factsOf(name).default, source: BY_DEFAULT };
    sources[name] = given.source;
    if (given.source !== BY_DEFAULT && !Check(OPTIONS[name], given.value)) {
      problems.push(complaint(name, given));
      continue;
    }
    values.set(name, factsOf(name).path === true ? absolute(given, input.cwd) : given.value);
  }
  fillComputed(values, machine, input.env);
  if (problems.length === 0) problems.push(...contradictions(values, sources));
  if (problems.length > 0) throw new ConfigError(summary(problems));

  const config = Object.freeze(Object.fromEntries(values)) as Config;
  return { config, sources, machine, warnings: [...collected.warnings, ...doubts(config, machine)] };
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

/** A path in a file is meant from that file's folder; all others from the working folder. */
function absolute({ value, source }: Given, cwd: string): string | undefined {
  if (typeof value !== 'string') return undefined;
  return source.kind === 'file' ? resolve(dirname(source.name), value) : resolve(cwd, value);
}

function fillComputed(values: Map<OptionName, unknown>, machine: Machine, env: Environment): void {
  const fill = (name: OptionName, value: unknown): void => {
    if (values.get(name) === undefined) values.set(name, value);
  };
  fill('workers', machine.cores);
  fill('wideThreads', Math.min(Number(values.get('workers')), machine.cores));
  fill('urlMaxBytes', values.get('maxBodyBytes'));
  fill('cacheDir', userCacheFolder(env));
  // However small the machine is, the largest body that is allowed must fit.
  const quarter = Math.floor(machine.memoryBytes / 4);
  const pixels = Math.floor(quarter / Number(values.get('workers')) / BYTES_PER_PIXEL);
  fill('maxImagePixels', Math.max(1, Math.min(pixels, MAX_PIXELS_DEFAULT)));
  fill('maxInFlightBytes', Math.max(Math.min(quarter, MAX_IN_FLIGHT_DEFAULT), largestBody(values)));
}

function largestBody(values: ReadonlyMap<OptionName, unknown>): number {
  return Math.max(Number(values.get('maxBodyBytes')), Number(values.get('maxJsonBytes')));
}

/** Values that are allowed alone, and wrong together. */
function contradictions(
  values: ReadonlyMap<OptionName, unknown>,
  sources: Readonly<Record<OptionName, Source>>,
): string[] {
  const inFlight = Number(values.get('maxInFlightBytes'));
  const largest = largestBody(values);
  if (inFlight >= largest) return [];
  return [
    `maxInFlightBytes: ${sources.maxInFlightBytes.name} says ${shownValue('maxInFlightBytes', inFlight)}, but it must hold the largest body (maxBodyBytes, maxJsonBytes): ${shownValue('maxBodyBytes', largest)}.`,
  ];
}

function doubts(config: Config, machine: Machine): string[] {
  if (config.workers <= machine.cores) return [];
  return [
    `workers is ${config.workers}, but ${machine.cores} can run at once here (${machine.coresFrom}): every answer will be slower.`,
  ];
}

function userCacheFolder(env: Environment): string {
  const xdg = env['XDG_CACHE_HOME'];
  if (xdg !== undefined && xdg.startsWith('/')) return join(xdg, 'ortolan');
  const home = env['HOME'] ?? homedir();
  return process.platform === 'darwin'
    ? join(home, 'Library', 'Caches', 'ortolan')
    : join(home, '.cache', 'ortolan');
}
