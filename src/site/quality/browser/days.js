// @ts-check
/** How often a version was right on each day, with the interval that the true share is in. */
import { counted, percent } from '../../home/browser/words.js';
import { caption, draw, line, picture } from './svg.js';

/** @typedef {import('./version.js').VersionAccuracy} VersionAccuracy */

/** Units: as wide as the screen, so that words keep their size. */
const DAYS_WIDTH = Math.max(240, Math.min(560, innerWidth - 72));
const DAYS_HEIGHT = 150;
const DAYS_LEFT = 44;
const DAYS_FOOT = 22;
const DAYS_HEAD = 8;
const DAY_MS = 86_400_000;

/** @param {number} share */
const heightOf = (share) => DAYS_HEAD + (1 - share) * (DAYS_HEIGHT - DAYS_HEAD - DAYS_FOOT);

/** A grid with the shares at the left. */
const grid = () =>
  [0, 0.5, 1].flatMap((share) => [
    line(DAYS_LEFT, heightOf(share), DAYS_WIDTH, heightOf(share), 'grid'),
    caption(DAYS_LEFT - 6, heightOf(share) + 4, 'end', `${100 * share} %`),
  ]);

/** @param {VersionAccuracy['by_day']} days oldest first, not empty */
export function daysPicture(days) {
  const times = days.map(({ day }) => Date.parse(day));
  const [first = 0] = times;
  const span = Math.max(1, ((times.at(-1) ?? first) - first) / DAY_MS);
  const room = DAYS_WIDTH - DAYS_LEFT - 24;
  const points = days.map(({ day, accuracy: { value = 0, low, high, n } }, i) => {
    const share = days.length === 1 ? 0.5 : ((times[i] ?? first) - first) / DAY_MS / span;
    const x = DAYS_LEFT + 12 + share * room;
    const says = `${day}: ${percent(value)} of ${n} (${percent(low)} to ${percent(high)})`;
    return draw(
      'g',
      {},
      draw('title', {}, says),
      line(x, heightOf(high), x, heightOf(low), 'interval'),
      draw('circle', { cx: x, cy: heightOf(value), r: 4, class: 'point' }),
    );
  });
  const last = days.at(-1);
  const ends = days.length === 1 ? [days[0]] : [days[0], last];
  const names = ends.map((end, i) => {
    const middle = days.length === 1;
    const x = middle ? DAYS_LEFT + 12 + room / 2 : i === 0 ? DAYS_LEFT : DAYS_WIDTH;
    return caption(x, DAYS_HEIGHT - 5, middle ? 'middle' : i === 0 ? 'start' : 'end', end?.day ?? '');
  });
  const says = `Share of right answers on ${counted(days.length, 'day')}, ${days[0]?.day} to ${last?.day}; on the last ${percent(last?.accuracy.value ?? 0)} of ${last?.accuracy.n ?? 0}`;
  return picture(says, DAYS_WIDTH, DAYS_HEIGHT, ...grid(), ...points, ...names);
}
