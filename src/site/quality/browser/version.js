// @ts-check
/** What feedback says of one version: how often it was right, how far its probabilities can be trusted, what it mistakes. */
import { bar, make } from '../../home/browser/dom.js';
import { counted, percent } from '../../home/browser/words.js';
import { calibrationPicture } from './calibration.js';
import { daysPicture } from './days.js';

/** @typedef {import('typebox').Static<typeof import('../../../protocol/v1/feedback/schemas.ts').AccuracyAnswer>} Accuracy */
/** @typedef {Accuracy['versions'][number]} VersionAccuracy */

const SHOWN_CONFUSIONS = 8;

/** @param {VersionAccuracy} found @param {boolean} isDefault */
export function versionCard(found, isDefault) {
  const { version, routes, by_day: days, calibration, confusions } = found;
  const title = make('h3', '', `Version ${version} `);
  if (isDefault) title.append(make('small', '', 'answers by default'));
  const card = make('article', 'version', title, figures(found));
  if (days.length > 0) card.append(part('Right answers by day', daysPicture(days)));
  const beside = make('div', 'beside');
  if (calibration.length > 0)
    beside.append(part('Is it as often right as it is sure?', calibrationPicture(calibration)));
  if (confusions.length > 0) beside.append(part('Taken for one another', confusionList(confusions)));
  if (beside.childElementCount > 0) card.append(beside);
  if (routes.length > 1) card.append(part('By the route of the request', routeList(routes)));
  return card;
}

/** @param {string} title @param {Node} content */
const part = (title, content) => make('section', '', make('h4', '', title), content);

/** @param {VersionAccuracy} found */
function figures({ accuracy, calibration_error: error, score }) {
  const list = make('dl', 'figures');
  const { value, low, high, n } = accuracy;
  if (value !== undefined)
    list.append(
      figure('right', percent(value), `${percent(low)} to ${percent(high)}, of ${counted(n, 'answer')}`),
    );
  if (error !== undefined)
    list.append(figure('calibration error', percent(error), 'between how sure and how often right'));
  if (score !== undefined)
    list.append(figure('mean score', score.mean.toFixed(2), `of ${counted(score.n, 'score')}`));
  return list;
}

/** @param {string} name @param {string} value @param {string} note */
const figure = (name, value, note) =>
  make('div', '', make('dt', '', name), make('dd', 'number', value), make('dd', 'note', note));

/** @param {VersionAccuracy['confusions']} confusions most frequent first */
function confusionList(confusions) {
  const most = confusions[0]?.count ?? 1;
  const rows = confusions
    .slice(0, SHOWN_CONFUSIONS)
    .map(({ predicted, actual, count }) =>
      make(
        'li',
        '',
        make(
          'span',
          '',
          make('b', '', nameOf(predicted)),
          make('small', '', ' was said, it was '),
          make('b', '', nameOf(actual)),
        ),
        make('span', 'number', String(count)),
        bar(0, count / most),
      ),
    );
  return make('ul', 'confusions', ...rows);
}

/** @param {{ class_id: number, label?: string }} named */
const nameOf = ({ class_id: classId, label }) => label ?? `class ${classId}`;

/** @param {VersionAccuracy['routes']} routes */
function routeList(routes) {
  const rows = routes.map(({ route, accuracy: { value = 0, low, high, n } }) =>
    make(
      'li',
      '',
      make('span', '', route),
      make('span', 'number', percent(value)),
      bar(low, high - low),
      make('small', '', `${percent(low)} to ${percent(high)}, of ${counted(n, 'answer')}`),
    ),
  );
  return make('ul', 'confusions', ...rows);
}
