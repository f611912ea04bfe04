// @ts-check
/** Whether a version is as often right as it is sure: a bar for each range of probabilities, and the line of those that are. */
import { counted, percent } from '../../home/browser/words.js';
import { caption, draw, line, picture } from './svg.js';

/** @typedef {import('./version.js').VersionAccuracy} VersionAccuracy */

const SQUARE = 190;
const SQUARE_LEFT = 44;
const SQUARE_FOOT = 34;
const SQUARE_HEAD = 8;
const SQUARE_WIDTH = SQUARE_LEFT + SQUARE + 12;
const SQUARE_HEIGHT = SQUARE_HEAD + SQUARE + SQUARE_FOOT;

/** @param {number} share */
const across = (share) => SQUARE_LEFT + share * SQUARE;
/** @param {number} share */
const up = (share) => SQUARE_HEAD + (1 - share) * SQUARE;

/** @param {VersionAccuracy['calibration']} bins not empty */
export function calibrationPicture(bins) {
  const bars = bins.map(({ from, to, n, confidence, accuracy }) => {
    const says = `sure to ${percent(from)} – ${percent(to)}: ${counted(n, 'answer')}, ${percent(accuracy)} right, ${percent(confidence)} expected`;
    const width = across(to) - across(from) - 1;
    const height = Math.max(1, up(0) - up(accuracy));
    const few = n < 10 ? ' few' : '';
    return draw(
      'g',
      {},
      draw('title', {}, says),
      draw('rect', { x: across(from), y: up(0) - height, width, height, class: `bar${few}` }),
      draw('circle', { cx: across(confidence), cy: up(confidence), r: 2.5, class: 'expected' }),
    );
  });
  const axes = [0, 0.5, 1].flatMap((share) => [
    line(SQUARE_LEFT, up(share), SQUARE_LEFT + SQUARE, up(share), 'grid'),
    caption(SQUARE_LEFT - 6, up(share) + 4, 'end', `${100 * share} %`),
    caption(
      across(share),
      SQUARE_HEIGHT - 18,
      share === 0 ? 'start' : share === 1 ? 'end' : 'middle',
      `${100 * share} %`,
    ),
  ]);
  const total = bins.reduce((sum, { n }) => sum + n, 0);
  const says = `Share of right answers by the probability of the best class, of ${counted(total, 'answer')}`;
  return picture(
    says,
    SQUARE_WIDTH,
    SQUARE_HEIGHT,
    ...axes,
    ...bars,
    line(across(0), up(0), across(1), up(1), 'ideal'),
    caption(across(0.5), SQUARE_HEIGHT - 3, 'middle', 'how sure it was'),
  );
}
