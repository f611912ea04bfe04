/**
 * From the values of a store to the inputs of a model, with defaults where there are none. Which features have no value of
 * the store, and why, is told, so that nobody takes a default for a fact. Pure.
 */
import { ServingError } from '../errors.ts';
import type { FeatureTable } from '../repository/feature-file.ts';
import { keyOf } from '../repository/feature-file.ts';
import { fits } from '../repository/features-faults.ts';
import type { FeaturesConfig } from '../repository/model-json/features.ts';
import { bytesOfTexts } from '../tensor/strings.ts';
import { putElements } from '../tensor/json-elements.ts';
import { allocate, type Tensor, type TensorSpec } from '../tensor/tensor.ts';
import type { Entities } from './entities.ts';
import type { Columns, Defaulted, Found, Lack } from './found.ts';

export interface Filled {
  /** The inputs that features fill. */
  readonly inputs: readonly Tensor[];
  /** In the order of model.json; empty when every value is the store's. */
  readonly defaulted: readonly Defaulted[];
  /** How many values there were of each kind, and the age of the oldest of each feature, in milliseconds. */
  readonly counts: ReadonlyMap<Lack | 'present', number>;
  readonly ages: ReadonlyMap<string, number>;
}

export interface FillFacts {
  readonly config: FeaturesConfig;
  /** The inputs of the model. */
  readonly specs: readonly TensorSpec[];
  /** What the store has given; undefined where it could not be asked. */
  readonly columns: Columns | undefined;
  /** Values to take before the defaults; undefined: there are none. */
  readonly table: FeatureTable | undefined;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** @throws ServingError FEATURES_MISSING or FEATURES_UNAVAILABLE for a value that has no default */
export function fill(entities: Entities, facts: FillFacts): Filled {
  const fold = new Fold(entities, facts);
  const inputs = Object.entries(facts.config.features).map(([name, features]) => {
    const spec = facts.specs.find((each) => each.name === name)!;
    return tensorOf(spec, entities.rows.length, features, (feature, row) => fold.valueOf(feature, row, spec));
  });
  return { inputs, defaulted: fold.defaulted, counts: fold.counts, ages: fold.ages };
}

class Fold {
  readonly counts = new Map<Lack | 'present', number>();
  readonly ages = new Map<string, number>();
  readonly #entities: Entities;
  readonly #facts: FillFacts;
  readonly #lacks = new Map<string, { feature: string; reason: Lack; rows: number[] }>();

  constructor(entities: Entities, facts: FillFacts) {
    this.#entities = entities;
    this.#facts = facts;
  }

  get defaulted(): readonly Defaulted[] {
    return [...this.#lacks.values()];
  }

  valueOf(feature: string, row: number, spec: TensorSpec): unknown {
    const { columns, now, config } = this.#facts;
    const found = columns === undefined ? 'unavailable' : (columns.get(feature)?.[row] ?? 'missing');
    const known = typeof found === 'string' ? found : this.#checked(found, spec);
    const kind = typeof known === 'string' ? known : 'present';
    this.counts.set(kind, (this.counts.get(kind) ?? 0) + 1);
    if (typeof known !== 'string') {
      if (known.at !== undefined)
        this.ages.set(feature, Math.max(this.ages.get(feature) ?? 0, now - known.at));
      return known.value;
    }
    const instead = this.#embedded(feature, row, spec) ?? config.defaults?.[feature];
    if (instead === undefined) throw lacking(feature, row, known);
    this.#note(feature, row, known);
    return instead;
  }

  #checked(found: Exclude<Found, string>, spec: TensorSpec): Found {
    const { now, config } = this.#facts;
    const { maxAgeS = Infinity } = config;
    if (found.at !== undefined && now - found.at > maxAgeS * 1000) return 'stale';
    return fits(found.value, spec) ? found : 'invalid';
  }

  #embedded(feature: string, row: number, spec: TensorSpec): unknown {
    const value = this.#facts.table?.rows.get(keyOf(this.#entities.rows[row]!))?.values[feature];
    return value !== null && value !== undefined && fits(value, spec) ? value : undefined;
  }

  #note(feature: string, row: number, reason: Lack): void {
    const key = `${reason} ${feature}`;
    const known = this.#lacks.get(key) ?? { feature, reason, rows: [] };
    if (known.rows.at(-1) !== row) known.rows.push(row);
    this.#lacks.set(key, known);
  }
}

function tensorOf(
  spec: TensorSpec,
  rows: number,
  features: readonly string[],
  valueOf: (feature: string, row: number) => unknown,
): Tensor {
  const { name, datatype } = spec;
  const list: unknown[] = [];
  for (let row = 0; row < rows; row++) for (const feature of features) list.push(valueOf(feature, row));
  const [, ...lengths] = spec.shape;
  const shape = [rows, ...lengths.map((length) => (length < 0 ? features.length : length))];
  if (datatype === 'BYTES') return { name, datatype, shape, data: bytesOfTexts(list as string[]) };
  const view = allocate(datatype, list.length);
  putElements(view, 0, list, datatype);
  return { name, datatype, shape, data: new Uint8Array(view.buffer) };
}

const WHY: Readonly<Record<Exclude<Lack, 'unavailable'>, string>> = {
  missing: 'has no value',
  stale: 'has only a value that is too old',
  invalid: 'has a value that the input does not take',
};

function lacking(feature: string, row: number, reason: Lack): ServingError {
  if (reason === 'unavailable') {
    return new ServingError(
      'FEATURES_UNAVAILABLE',
      `The feature store cannot be asked, and ${feature} has no default.`,
    );
  }
  const message = `The feature ${feature} ${WHY[reason]} for row ${row}, and no default.`;
  return new ServingError('FEATURES_MISSING', message, { pointer: '/entities' });
}
