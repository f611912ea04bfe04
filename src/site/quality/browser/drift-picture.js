// @ts-check
/**
 * Pictures of drift: for each feature its reference and what it is now, over the same bins or classes, and the statistic
 * beside its threshold.
 */
import { make } from '../../home/browser/dom.js';
import { percent } from '../../home/browser/words.js';
import { draw } from './svg.js';

/** @typedef {import('typebox').Static<typeof import('../../../protocol/v1/drift/schemas.ts').Drift>} Drift */
/** @typedef {Drift['versions'][number]} DriftVersion */
/** @typedef {DriftVersion['features'][number]} DriftFeature */

const BINS_WIDTH = 240;
const BINS_HEIGHT = 64;

/** Classes that are drawn: the most frequent of the reference, and the rest as one. */
const DRAWN_CLASSES = 10;

/** @type {Readonly<Record<string, string>>} */
const STATISTIC_NAMES = { ks: 'KS', chi_square: 'chi-square', l_infinity: 'largest change of a share' };

/** @param {DriftFeature} feature */
const hasDrifted = ({ statistics }) => statistics.some(({ alarm }) => alarm);

/** @param {number} value */
const threeDigits = (value) => (Math.abs(value) < 1e-12 ? '0' : String(Number(value.toPrecision(3))));

/**
 * What is watched of a version, in a sentence, and a picture for each feature; those that have drifted come first.
 * @param {DriftVersion} version
 */
export function driftCard(version) {
  const { features, reference } = version;
  const drifted = features.filter(hasDrifted);
  const calm = features.filter((feature) => !hasDrifted(feature));
  const made =
    reference === undefined
      ? []
      : [
          make(
            'p',
            'soft',
            `The reference has ${reference.rows} rows from ${reference.from}, of ${reference.made.slice(0, 10)}.`,
          ),
        ];
  return make(
    'article',
    'drift-version',
    make('h3', '', `Version ${version.version} `, make('small', '', driftInWords(version))),
    ...made,
    make('div', 'drift-features', ...[...drifted, ...calm].map(featureFigure)),
  );
}

/** @param {DriftVersion} version */
function driftInWords({ state, reason, gathering, reference, window: rows, features }) {
  if (gathering !== undefined)
    return `a reference is made of its traffic: ${gathering.rows} of ${gathering.of} rows so far`;
  if (state === 'off') return 'not watched: there is no drift.json beside it';
  if (state === 'preparing') return 'its reference is being read';
  if (rows === undefined || reference === undefined) return `not watched. ${reason ?? ''}`;
  const filling = `${rows.seen} of ${rows.rows} rows of the next window`;
  if (rows.whole === 0) return `nothing compared yet, ${filling}`;
  const found = features.filter(hasDrifted).map(({ feature }) => feature);
  return `${found.length === 0 ? 'no drift' : `drift of ${found.join(', ')}`}; ${filling}`;
}

/** @param {DriftFeature} feature */
function featureFigure(feature) {
  const { feature: name, statistics, psi } = feature;
  const unit = feature.kind === 'number' && feature.unit !== undefined ? ` (${feature.unit})` : '';
  const said = statistics.map(({ name: of, statistic, value, threshold, alarm }) => {
    const which = of === name ? '' : `${of}: `;
    const words = `${which}${STATISTIC_NAMES[statistic] ?? statistic} ${threeDigits(value)}, ${alarm ? 'beyond' : 'within'} ${threeDigits(threshold)}`;
    return make('li', alarm ? 'beyond' : '', words);
  });
  if (said.length === 0) said.push(make('li', '', 'not compared yet'));
  if (psi !== undefined)
    said.push(
      make('li', '', `PSI ${threeDigits(psi.value)}; without drift up to ${threeDigits(psi.null_p99)}`),
    );
  return make(
    'figure',
    hasDrifted(feature) ? 'drift-feature beyond' : 'drift-feature',
    make('figcaption', '', make('b', '', name), unit),
    feature.kind === 'number' ? binsPicture(feature) : classBars(feature),
    make('ul', '', ...said),
  );
}

/**
 * Two outlines over bins of equal width. Edges are quantiles of the reference, so that its own outline is flat where its
 * numbers differ.
 * @param {Extract<DriftFeature, { kind: 'number' }>} feature
 */
function binsPicture({ feature, edges, reference, now }) {
  const most = Math.max(...reference, ...(now ?? []), 0.001);
  const says = `${feature}: shares of ${reference.length} bins, of the reference and of now`;
  const outlines = [binsOutline(reference, most, 'reference')];
  if (now !== undefined) outlines.push(binsOutline(now, most, 'now'));
  const [first, last] = [edges[0], edges.at(-1)];
  const scale =
    first === undefined || last === undefined
      ? []
      : [make('small', '', `up to ${threeDigits(first)}`), make('small', '', `above ${threeDigits(last)}`)];
  const frame = {
    viewBox: `0 0 ${BINS_WIDTH} ${BINS_HEIGHT}`,
    preserveAspectRatio: 'none',
    role: 'img',
    'aria-label': says,
  };
  return make('div', 'drift-bins', draw('svg', frame, ...outlines), make('p', '', ...scale));
}

/** @param {readonly number[]} shares @param {number} most @param {string} kind */
function binsOutline(shares, most, kind) {
  const width = BINS_WIDTH / shares.length;
  const steps = shares.map((one, at) => {
    const y = (BINS_HEIGHT * (1 - one / most)).toFixed(2);
    return `${at === 0 ? `M0 ${BINS_HEIGHT}V${y}` : `V${y}`}H${((at + 1) * width).toFixed(2)}`;
  });
  return draw('path', { d: `${steps.join('')}V${BINS_HEIGHT}`, class: kind });
}

/** A pair of bars for each class. @param {Extract<DriftFeature, { kind: 'class' }>} feature */
function classBars({ classes, reference, now }) {
  const most = Math.max(...reference, ...(now ?? []), 0.001);
  const last = classes.length - 1;
  const drawn =
    classes.length <= DRAWN_CLASSES ? [...classes.keys()] : [...Array(DRAWN_CLASSES - 1).keys(), last];
  const rows = drawn.flatMap((at) => {
    const before = reference[at] ?? 0;
    const after = now?.[at];
    return [
      make('span', '', classes[at] ?? ''),
      make('span', 'drift-bars', classBar(before / most, 'reference'), classBar((after ?? 0) / most, 'now')),
      make('small', '', after === undefined ? percent(before) : `${percent(before)} → ${percent(after)}`),
    ];
  });
  return make('div', 'drift-classes', ...rows);
}

/** @param {number} length share of the room @param {string} kind */
function classBar(length, kind) {
  const bar = make('i', kind);
  // By script, as the policy forbids styles in attributes.
  bar.style.inlineSize = `${100 * length}%`;
  return bar;
}
