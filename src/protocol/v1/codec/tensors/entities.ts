/** The entity keys of a request: `{"entities": {"driver_id": [1001, 1002]}}`, a list for each key, or one key for one row. */
import { ServingError } from '../../../../errors.ts';
import type { Entities } from '../../../../features/entities.ts';
import {
  entityNames,
  featureNames,
  maxRows,
  type EntityType,
  type EntityValue,
  type FeaturesConfig,
} from '../../../../repository/model-json/features.ts';
import { pointerTo } from '../../../pointer.ts';

/** Characters of a key. */
const MAX_KEY = 512;

const INT32 = 2 ** 31;

/** Whether features fill the input of that name. */
export const filledBy = ({ features }: FeaturesConfig, input: string): boolean =>
  Object.hasOwn(features, input);

export const noEntities = (): ServingError =>
  new ServingError('BAD_FIELD', 'The model takes no entities: its model.json names no features.', {
    pointer: '/entities',
  });

/**
 * Keys are checked here, so that nothing a client sends makes the store fail.
 * @throws ServingError BAD_FIELD; BAD_SHAPE for lists of different lengths; EMPTY_BODY for none; BODY_TOO_LARGE for too many
 */
export function entitiesIn(value: unknown, features: FeaturesConfig): Entities {
  const names = entityNames(features);
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw wrong(`An object is expected, with ${names.join(', ')}.`, []);
  const stranger = Object.keys(value).find((name) => !names.includes(name));
  if (stranger !== undefined)
    throw wrong(`There is no such entity key; there is ${names.join(', ')}.`, [stranger]);
  const lists = names.map((name) => listOf((value as Record<string, unknown>)[name], name));
  const rows = lists[0]!.length;
  const other = lists.findIndex(({ length }) => length !== rows);
  if (other >= 0) {
    const message = `The key ${names[other]} has ${lists[other]!.length} rows, and ${names[0]} ${rows}.`;
    throw new ServingError('BAD_SHAPE', message, { pointer: pointerTo('entities', names[other]!) });
  }
  if (rows === 0) throw new ServingError('EMPTY_BODY', 'There are no rows.', { pointer: '/entities' });
  const most = maxRows(featureNames(features).length);
  if (rows > most) {
    const message = `The request has ${rows} rows of entities; this model takes ${most} at most.`;
    throw new ServingError('BODY_TOO_LARGE', message, { pointer: '/entities' });
  }
  const checked = lists.map((list, at) => keysIn(list, names[at]!, features.entities[names[at]!]!));
  return { rows: Array.from({ length: rows }, (_, row) => checked.map((keys) => keys[row]!)) };
}

function listOf(value: unknown, name: string): readonly unknown[] {
  if (value === undefined) throw wrong(`The entity key ${name} is missing.`, [name]);
  return Array.isArray(value) ? (value as unknown[]) : [value];
}

function keysIn(list: readonly unknown[], name: string, type: EntityType): readonly EntityValue[] {
  const bad = list.findIndex((value) => !isKey(value, type));
  if (bad < 0) return list as EntityValue[];
  throw wrong(`The value is no key of the type ${type}.`, [name, bad]);
}

/** Control characters and halves of characters end calls of some stores with an error. */
function isKey(value: unknown, type: EntityType): boolean {
  switch (type) {
    case 'string':
      return (
        typeof value === 'string' && value.length <= MAX_KEY && value.isWellFormed() && !/\p{Cc}/u.test(value)
      );
    case 'int32':
      return Number.isInteger(value) && Math.abs((value as number) + 0.5) < INT32;
    case 'int64':
      return Number.isSafeInteger(value);
  }
}

const wrong = (message: string, path: readonly (string | number)[]): ServingError =>
  new ServingError('BAD_FIELD', message, { pointer: pointerTo('entities', ...path) });
