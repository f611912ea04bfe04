/** What GET /v1/models/{model}/drift says of a version, read with care: the server may be of another version. Pure. */
import { numberIn, objectsIn } from './members.ts';

/** Most features that a sentence names. */
const NAMED = 3;

/** Which features of the version have drifted, as a sentence; undefined when none has. */
export function driftOf(answer: unknown, version: string): string | undefined {
  const found = objectsIn(answer, 'versions').find((one) => one['version'] === version);
  const beyond = objectsIn(found, 'features').flatMap((one) => {
    const alarm = objectsIn(one, 'statistics').find((statistic) => statistic['alarm'] === true);
    const name = typeof one['feature'] === 'string' ? one['feature'] : 'a feature';
    return alarm === undefined ? [] : [`${name} ${figure(alarm, 'value')} > ${figure(alarm, 'threshold')}`];
  });
  if (beyond.length === 0) return undefined;
  const more = beyond.length > NAMED ? `, and ${beyond.length - NAMED} more` : '';
  return `${beyond.slice(0, NAMED).join(', ')}${more}`;
}

const figure = (statistic: object, member: string): string =>
  numberIn(statistic, member)?.toPrecision(3) ?? '?';
