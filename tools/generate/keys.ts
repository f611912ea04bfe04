/** The keys of a file of settings as tables, from its schema: one table for each object in it. */
import { markdownTable } from './markdown-table.ts';

/** What the schema says of a place, with the annotations of ours. */
interface Place {
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, Place>>;
  readonly required?: readonly string[];
  readonly items?: Place;
  readonly minimum?: number;
  readonly exclusiveMinimum?: number;
  readonly maximum?: number;
  readonly exclusiveMaximum?: number;
  readonly description?: string;
  readonly default?: unknown;
  readonly unit?: string;
  readonly takes?: string;
}

/** The table of an object, then a section for each object in it. */
export function sections(schema: object, above = ''): string[] {
  return [...tables(schema, above)];
}

function* tables(place: Place, above: string): Iterable<string> {
  const entries = Object.entries(place.properties ?? {});
  // Keys with the same table, as inputs and outputs, share it.
  const groups = Map.groupBy(
    entries.filter(([, value]) => objectIn(value) !== undefined),
    ([, value]) => JSON.stringify(objectIn(value)!.properties),
  );
  const headings = [...groups.values()].map((same) => same.map(([key]) => above + key).join(', '));
  const nameOf = (key: string): string => {
    const heading = headings.find((one) => one.split(', ').includes(above + key));
    return heading === undefined ? `\`${key}\`` : `[\`${key}\`](#${anchorOf(heading)})`;
  };
  const rows = entries.map(([key, value]) => [
    nameOf(key),
    takesOf(value),
    place.required?.includes(key) === true ? 'has to be there' : defaultOf(value),
    value.unit ?? '',
    value.description ?? '',
  ]);
  yield markdownTable(['key', 'takes', 'default', 'unit', 'what it says'], rows).join('\n');
  for (const [index, same] of [...groups.values()].entries()) {
    const [key, value] = same[0]!;
    yield `### ${headings[index]}`;
    yield* tables(objectIn(value)!, `${above}${key}.`);
  }
}

/** As GitHub makes it of a heading. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^\w -]/g, '')
    .replaceAll(' ', '-');

/** The object whose keys are worth a table: the place itself, or what its list holds. */
const objectIn = (place: Place): Place | undefined =>
  place.properties !== undefined && place.takes === undefined ? place : place.items && objectIn(place.items);

function takesOf(place: Place): string {
  if (place.takes !== undefined) return place.takes;
  if (place.enum !== undefined) return place.enum.map((value) => `\`${String(value)}\``).join(', ');
  const type = Array.isArray(place.type) ? place.type.join(' or ') : String(place.type ?? '');
  if (type === 'array') return `list of ${plural(takesOf(place.items ?? {}))}`;
  if (type === 'string') return 'text';
  if (type === 'boolean') return '`true`, `false`';
  const bounds = boundsOf(place);
  const noun = type === 'integer' ? 'whole number' : type;
  return bounds === '' ? noun : `${noun}, ${bounds}`;
}

const plural = (takes: string): string => takes.replace(/^(object|whole number|number|text)/, '$1s');

function boundsOf({ minimum, exclusiveMinimum, maximum, exclusiveMaximum }: Place): string {
  const from = minimum ?? exclusiveMinimum;
  const to = maximum ?? exclusiveMaximum;
  const low =
    from === undefined ? '' : `${exclusiveMinimum === undefined ? 'from' : 'above'} ${figure(from)}`;
  const high = to === undefined ? '' : `${exclusiveMaximum === undefined ? 'to' : 'below'} ${figure(to)}`;
  return low !== '' && high === '' && exclusiveMinimum === undefined
    ? `${figure(from!)} or more`
    : [low, high].filter((bound) => bound !== '').join(' ');
}

const figure = (value: number): string => value.toLocaleString('en-US');

function defaultOf({ default: normal }: Place): string {
  if (normal === undefined) return '';
  return typeof normal === 'string' && /\s/.test(normal)
    ? normal
    : `\`${JSON.stringify(normal).replaceAll('"', '')}\``;
}

/** JSON with short lists on one line, as people write it. */
export function json(value: unknown): string {
  return JSON.stringify(value, null, 2).replace(
    /\[\s+([^[\]{}]*?)\s+\]/g,
    (_, items: string) => `[${items.replace(/\s*\n\s*/g, ' ')}]`,
  );
}
