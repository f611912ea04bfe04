/** How a federated round goes: what the operator has asked for in the query of the call that opens it. Pure. */
import { ServingError } from '../errors.ts';

export interface RoundSettings {
  /** With fewer updates it is not aggregated. */
  readonly minClients: number;
  /** Further ones are refused. */
  readonly maxClients: number;
  readonly method: 'mean' | 'trimmed-mean';
  /** Share of the updates that is left out at each end of each coordinate. */
  readonly trim: number;
  readonly clip: number | 'median' | 'none';
  /** What the samples of one client count for at most, in the weighted mean. */
  readonly maxSamples: number;
}

export const DEFAULTS: RoundSettings = {
  minClients: 2,
  maxClients: 100,
  method: 'mean',
  trim: 0.2,
  clip: 'median',
  maxSamples: 1000,
};

/** The call that opens a round. */
export interface Opening {
  /** The version that clients begin from. */
  readonly version: string;
  readonly settings: RoundSettings;
}

/** One with fewer has no mean that hides what a client has sent. */
const LEAST_CLIENTS = 2;
export const MOST_CLIENTS = 10_000;
export const MOST_SAMPLES = 1_000_000;

const NAMES = ['version', 'min_clients', 'max_clients', 'method', 'trim', 'clip', 'max_samples'];

/** @throws ServingError BAD_QUERY */
export function openingOf(query: string): Opening {
  const given = new URLSearchParams(query);
  for (const name of given.keys()) {
    if (!NAMES.includes(name)) throw wrong(name, `The query parameters here are ${NAMES.join(', ')}.`);
    if (given.getAll(name).length > 1) throw wrong(name, 'It is there twice.');
  }
  const version = given.get('version');
  if (version === null || !/^[1-9]\d{0,8}$/.test(version))
    throw wrong('version', 'version names the version that clients begin from, by its number.');
  const minClients = integer(given, 'min_clients', DEFAULTS.minClients, LEAST_CLIENTS, MOST_CLIENTS);
  const maxClients = integer(
    given,
    'max_clients',
    Math.max(DEFAULTS.maxClients, minClients),
    minClients,
    MOST_CLIENTS,
  );
  const settings = {
    minClients,
    maxClients,
    method: methodIn(given),
    trim: trimIn(given),
    clip: clipIn(given),
    maxSamples: integer(given, 'max_samples', DEFAULTS.maxSamples, 1, MOST_SAMPLES),
  };
  return { version, settings };
}

/** The samples of an update, from its query. @throws ServingError BAD_QUERY */
export function samplesOf(query: string): number {
  const given = new URLSearchParams(query);
  if (given.size !== 1 || !given.has('samples'))
    throw wrong('samples', 'samples, once, says how many samples the update was made from.');
  return integer(given, 'samples', 0, 1, MOST_SAMPLES);
}

/** The number of a round in a path. @throws ServingError ROUND_NOT_FOUND */
export function roundOf(text: string | undefined): number {
  if (text !== undefined && /^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new ServingError('ROUND_NOT_FOUND', 'Rounds have numbers, from 1.');
}

function integer(given: URLSearchParams, name: string, normal: number, least: number, most: number): number {
  const text = given.get(name);
  if (text === null) return normal;
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= most) return value;
  throw wrong(name, `${name} takes a whole number from ${least} to ${most}.`);
}

function methodIn(given: URLSearchParams): RoundSettings['method'] {
  const method = given.get('method') ?? DEFAULTS.method;
  if (method === 'mean' || method === 'trimmed-mean') return method;
  throw wrong('method', 'method is mean or trimmed-mean.');
}

function trimIn(given: URLSearchParams): number {
  const trim = decimal(given.get('trim') ?? String(DEFAULTS.trim));
  if (trim >= 0 && trim < 0.5) return trim;
  throw wrong('trim', 'trim takes a share from 0 to below 0.5: what is left out at each end.');
}

function clipIn(given: URLSearchParams): RoundSettings['clip'] {
  const clip = given.get('clip') ?? DEFAULTS.clip;
  if (clip === 'median' || clip === 'none') return clip;
  const norm = decimal(String(clip));
  if (norm > 0 && norm <= 1e6) return norm;
  throw wrong('clip', 'clip takes a norm above 0 and up to 1000000, median or none.');
}

const decimal = (text: string): number => (/^\d{1,7}(\.\d{1,9})?$/.test(text) ? Number(text) : Number.NaN);

const wrong = (name: string, message: string): ServingError =>
  new ServingError('BAD_QUERY', message, { pointer: `/${NAMES.includes(name) ? name : 'samples'}` });
