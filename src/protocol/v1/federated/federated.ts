/** What the routes of federated rounds do: from a request to a call of the rounds, and back. */
import { ServingError } from '../../../errors.ts';
import type { RoundFacts, Rounds } from '../../../federated/rounds.ts';
import { openingOf, roundOf, samplesOf } from '../../../federated/settings.ts';
import { readSmallBody, type BodyMemory } from '../../../http/body/small.ts';
import type { Exchange } from '../../../http/exchange.ts';
import { rounded } from '../../rounding.ts';

export interface FederatedParts {
  /** Undefined where there are no rounds. */
  readonly rounds: Rounds | undefined;
  /** Whether requests may use a version of a model. @throws ServingError MODEL_NOT_FOUND when there is none */
  readonly requireVersion: (model: string, version?: string) => void;
  readonly memory: BodyMemory;
  readonly maxBytes: number;
}

const SAFETENSORS = 'application/octet-stream';
/** Norms are shown to a millionth. */
const NORM_STEPS = 1_000_000;

export async function listRounds(exchange: Exchange, parts: FederatedParts): Promise<void> {
  const { rounds, model } = opened(exchange, parts);
  answer(exchange, 200, { model, rounds: (await rounds.list(model)).map(shown) });
}

export async function showRound(exchange: Exchange, parts: FederatedParts): Promise<void> {
  const { rounds, model, round } = ofRound(exchange, parts);
  answer(exchange, 200, shown(await rounds.show(model, round)));
}

export async function giveWeights(exchange: Exchange, parts: FederatedParts): Promise<void> {
  const { rounds, model, round } = ofRound(exchange, parts);
  giveFile(exchange, await rounds.weights(model, round));
}

export async function giveAggregate(exchange: Exchange, parts: FederatedParts): Promise<void> {
  const { rounds, model, round } = ofRound(exchange, parts);
  giveFile(exchange, await rounds.aggregate(model, round));
}

/** Answers 201 with the round. */
export async function openRound(exchange: Exchange, parts: FederatedParts): Promise<void> {
  const { rounds, model } = opened(exchange, parts);
  const opening = openingOf(exchange.head.query);
  parts.requireVersion(model, opening.version);
  const body = await readSmallBody(exchange, parts.maxBytes, parts.memory);
  answer(exchange, 201, shown(await rounds.open(model, opening, body)));
}

/** Answers when the updates are aggregated, however long that takes. */
export async function closeRound(exchange: Exchange, parts: FederatedParts): Promise<void> {
  const { rounds, model, round } = ofRound(exchange, parts);
  const given = new URLSearchParams(exchange.head.query);
  const abandon = given.get('abandon');
  if (given.size > 1 || (given.size === 1 && abandon !== 'true' && abandon !== 'false'))
    throw new ServingError('BAD_QUERY', 'The only query parameter here is abandon, true or false.', {
      pointer: '/abandon',
    });
  answer(exchange, 200, shown(await rounds.close(model, round, abandon === 'true')));
}

/** Answers 202 when the update is on disk. */
export async function takeUpdate(exchange: Exchange, parts: FederatedParts): Promise<void> {
  const { rounds, model, round } = ofRound(exchange, parts);
  const { identity } = exchange;
  if (identity === undefined) {
    const message =
      'Updates are taken from callers that are known, each once: the operator sets apiKeysFile, jwtJwks or tlsClientCaFile.';
    throw new ServingError('FORBIDDEN', message);
  }
  const samples = samplesOf(exchange.head.query);
  const body = await readSmallBody(exchange, parts.maxBytes, parts.memory);
  const receipt = await rounds.add(model, round, `${identity.kind} ${identity.name}`, samples, body);
  answer(exchange, 202, { accepted: true, ...receipt });
}

/** @throws ServingError ROUTE_NOT_FOUND where there are no rounds, or MODEL_NOT_FOUND */
function opened({ head }: Exchange, { rounds, requireVersion }: FederatedParts) {
  if (rounds === undefined)
    throw new ServingError(
      'ROUTE_NOT_FOUND',
      'This server has no federated rounds: federatedDir is not set.',
    );
  const model = head.parameters[0]!;
  requireVersion(model);
  return { rounds, model };
}

/** @throws ServingError as opened(), or ROUND_NOT_FOUND */
function ofRound(exchange: Exchange, parts: FederatedParts) {
  return { ...opened(exchange, parts), round: roundOf(exchange.head.parameters[1]) };
}

function shown({ settings, openedAt, closedAt, result, ...facts }: RoundFacts): object {
  const { model, round, version, state, clients, samples, tensors } = facts;
  return {
    model,
    round,
    version,
    state,
    opened_at: openedAt,
    ...(closedAt !== undefined && { closed_at: closedAt }),
    clients,
    samples,
    settings: {
      min_clients: settings.minClients,
      max_clients: settings.maxClients,
      method: settings.method,
      trim: settings.trim,
      clip: settings.clip,
      max_samples: settings.maxSamples,
    },
    tensors,
    ...(result && {
      result: {
        ...(result.clippedTo !== undefined && { clipped_to: rounded(result.clippedTo, NORM_STEPS) }),
        clipped: result.clipped,
        trimmed: result.trimmed,
        norm: rounded(result.norm, NORM_STEPS),
      },
    }),
  };
}

function giveFile(exchange: Exchange, body: Uint8Array): void {
  exchange.answer({ contentType: SAFETENSORS, headers: [['cache-control', 'no-store']], body });
}

function answer(exchange: Exchange, status: number, body: object): void {
  exchange.answer({
    status,
    contentType: 'application/json',
    headers: [['cache-control', 'no-store']],
    body: JSON.stringify(body),
  });
}
