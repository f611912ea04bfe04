/** Members of a JSON object, each with its type. Faults are BAD_FIELD, with a pointer to the place. */
import { ServingError } from '../../../../errors.ts';
import { pointerTo } from '../../../pointer.ts';

const LONGEST_NAME = 100;

export type Path = readonly (string | number)[];

export const badField = (message: string, path: Path): ServingError =>
  new ServingError('BAD_FIELD', message, { pointer: pointerTo(...path) });

/** A name in a message: it may be as long as the body. */
export const shortName = (name: string): string =>
  name.length <= LONGEST_NAME ? name : `${name.slice(0, LONGEST_NAME)}…`.toWellFormed();

/** The values of an object by name. */
export class Members {
  readonly path: Path;
  readonly #values: Readonly<Record<string, unknown>>;

  /** @throws ServingError BAD_FIELD when it is no object */
  constructor(value: unknown, path: Path) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw badField('An object is expected here.', path);
    }
    this.path = path;
    this.#values = value as Record<string, unknown>;
  }

  get names(): readonly string[] {
    return Object.keys(this.#values);
  }

  /** Undefined when it is missing, or null. One that JavaScript objects inherit is missing too. */
  value(name: string): unknown {
    return Object.hasOwn(this.#values, name) ? (this.#values[name] ?? undefined) : undefined;
  }

  text(name: string): string | undefined {
    const value = this.value(name);
    if (value === undefined || typeof value === 'string') return value;
    throw this.bad(name, 'must be a string');
  }

  requiredText(name: string): string {
    const value = this.text(name);
    if (value === undefined || value === '') throw this.bad(name, 'is missing');
    return value;
  }

  /** A whole number from 0 on. */
  count(name: string): number | undefined {
    const value = this.value(name);
    if (value === undefined || (Number.isSafeInteger(value) && (value as number) >= 0)) {
      return value as number | undefined;
    }
    throw this.bad(name, 'must be a whole number from 0 on');
  }

  flag(name: string): boolean | undefined {
    const value = this.value(name);
    if (value === undefined || typeof value === 'boolean') return value;
    throw this.bad(name, 'must be true or false');
  }

  list(name: string): readonly unknown[] | undefined {
    const value = this.value(name);
    if (value === undefined || Array.isArray(value)) return value as readonly unknown[] | undefined;
    throw this.bad(name, 'must be a list');
  }

  /** Without members when it is missing. */
  object(name: string): Members {
    return new Members(this.value(name) ?? {}, [...this.path, name]);
  }

  bad(name: string, fault: string): ServingError {
    return badField(`${name} ${fault}.`, [...this.path, name]);
  }
}
