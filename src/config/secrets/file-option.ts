/** Options that are secrets, each with its second form: the file that holds the secret. */
import Type, { type TOptional, type TSchema, type TString } from 'typebox';
import { about } from '../option.ts';

type WithFile<Name extends string, Row extends TSchema> = Record<Name, Row> &
  Record<`${Name}File`, TOptional<TString>>;

/**
 * The row of a secret option and that of its file, to be spread into a group:
 * `...secretOption('rateLimitRedisUrl', Type.Optional(Type.String({ ...about('…', { secret: true, … }) })))`.
 * The value is that of either; both at once are refused.
 */
export function secretOption<Name extends string, Row extends TSchema>(
  name: Name,
  row: Row,
): WithFile<Name, Row> {
  const file = Type.Optional(
    Type.String({
      minLength: 1,
      ...about(
        `File that holds ${name}, in place of the option itself: where others can see neither command line nor environment. It must not be readable by every user (mode 0400 or 0440).`,
        { path: true, secret: false, otherwise: 'none', accepts: 'a path' },
      ),
    }),
  );
  return { [name]: row, [fileOptionOf(name)]: file } as unknown as WithFile<Name, Row>;
}

/** The option that names the file of a secret one. */
export const fileOptionOf = <Name extends string>(name: Name): `${Name}File` => `${name}File`;
