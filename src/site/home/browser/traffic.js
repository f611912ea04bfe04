// @ts-check
/** Which version of the chosen model answers, and how its versions compare: shown where its traffic is split or copied. */
import { bar, make, put, the } from './dom.js';
import { json } from './json.js';
import { modelName } from './models.js';
import { counted, duration, percent } from './words.js';

/** @typedef {import('typebox').Static<typeof import('../../../protocol/v1/traffic/schemas.ts').Traffic>} Traffic */

/** Seconds between two looks: it changes slowly. */
const EVERY = 3;

const place = the('traffic', HTMLElement);
const shares = the('shares', HTMLElement);
const findings = the('findings', HTMLElement);
let looks = 0;

/** Called once a second; looks every few. Rejects when the server does not answer. */
export async function lookAtTraffic() {
  if (looks++ % EVERY !== 0) return;
  const name = modelName();
  if (name === undefined) return;
  showTraffic(await json(`/v1/models/${encodeURIComponent(name)}/traffic`));
}

/** @param {Traffic} traffic */
function showTraffic(traffic) {
  const { model, state, reason, split, comparison, shadow } = traffic;
  place.hidden = split.length === 0 && shadow.length === 0;
  if (place.hidden) return;
  put('traffic-of', model);
  shares.replaceChildren(...split.map((part) => shareOf(part, traffic)));
  findings.replaceChildren(
    ...(state === 'steady' ? [] : [finding(`${state.replace('_', ' ')} ${reason ?? ''}`)]),
    ...comparison.map((pair) => finding(comparedInWords(pair))),
    ...(shadow.length > 0 && comparison.length === 0 ? [finding('nothing compared yet')] : []),
    ...(traffic.guard?.judged ?? []).map((judged) => finding(judgedInWords(judged))),
  );
}

/** @param {string} words */
const finding = (words) => make('li', '', words);

/** @param {Traffic['split'][number]} part @param {Traffic} traffic */
function shareOf({ version, name, share, state }, { versions, baseline }) {
  const found = versions.find((one) => one.version === version);
  const named = name === version ? `version ${version}` : `version ${version}, ${name}`;
  const notes = [...(version === baseline ? ['baseline'] : []), ...(state === 'ready' ? [] : [state])];
  const says = [
    counted(found?.requests ?? 0, 'request'),
    counted(found?.errors ?? 0, 'error'),
    ...(found?.p99_ms === undefined ? [] : [`p99 ${duration(found.p99_ms)}`]),
  ];
  return make(
    'div',
    'share',
    make('span', '', `${named}${notes.length === 0 ? '' : ` (${notes.join(', ')})`}`),
    make('b', 'number', percent(share)),
    bar(0, share),
    make('small', '', says.join(', ')),
  );
}

/** @param {Traffic['comparison'][number]} pair */
function comparedInWords({ live, shadow, n, agreement, largest_difference: largest, errors }) {
  const { value = 0, low, high } = agreement;
  return (
    `${live} and ${shadow} agreed on ${percent(value)} of ${counted(n, 'input')} (${percent(low)} to ${percent(high)}), ` +
    `largest difference ${largest.toFixed(3)}; ${shadow} failed on ${errors}`
  );
}

/** @param {NonNullable<Traffic['guard']>['judged'][number]} judged */
function judgedInWords({ version, verdict, n, checks }) {
  const says = checks.map(({ check, says: one }) => `${check.replace('_', ' ')} ${one}`).join(', ');
  return `guard of version ${version}: ${verdict}, n ${n}; ${says}`;
}
