// @ts-check
/**
 * Which parts of the photograph speak for its class: asks the server to explain the answer, and lays the grid over the picture.
 * Only on the page of a server that explains. The colours are a surface of its own, so the photograph stays as it is.
 */
import { make, the } from './dom.js';
import { answeredBy, current } from './main.js';
import { ask, predictPath } from './request.js';
import { duration, percent } from './words.js';

/** @typedef {NonNullable<import('./request.js').ImageAnswer['explanation']>} Explanation */

/** Red, green and blue of what speaks for the class, and of what speaks against it. */
const FOR = [255, 140, 0];
const AGAINST = [60, 130, 255];
/** Opacity of the strongest cell. */
const MOST = 200;

const picture = the('preview', HTMLImageElement);
const lens = make('div', 'lens');
const map = /** @type {HTMLCanvasElement} */ (make('canvas', ''));
const button = /** @type {HTMLButtonElement} */ (make('button', ''));
const hint = make('p', 'soft');
let waiting = new AbortController();

picture.replaceWith(lens);
lens.append(picture, map);
lens.after(button, hint);
map.setAttribute('role', 'img');
hint.setAttribute('aria-live', 'polite');

function forget() {
  waiting.abort();
  map.hidden = true;
  button.hidden = true;
  hint.textContent = '';
}
forget();

// Whatever is shown from now on, it is not what was explained.
new MutationObserver(() => {
  forget();
  // A picture by its address is not shown here: there is nothing to lay it over.
  button.hidden = current?.kind !== 'file' || document.documentElement.dataset['state'] !== 'answer';
  button.textContent = 'Where does it see that?';
}).observe(document.documentElement, { attributeFilter: ['data-state'] });

button.addEventListener('click', () => void explain());

async function explain() {
  if (!current || !answeredBy) return;
  // Where traffic is split another version might explain what this one has not said.
  const { name: model, version } = answeredBy;
  const path = predictPath({ model, version, isDefaultModel: false, isDefaultVersion: false });
  waiting.abort();
  const { signal } = (waiting = new AbortController());
  button.hidden = true;
  hint.textContent = 'Covering one part after another';
  const outcome = await ask(`${path}?explain=occlusion`, current, signal).catch(() => undefined);
  if (outcome === undefined || signal.aborted) return;
  if ('problem' in outcome) {
    hint.textContent = outcome.problem.sentence;
    button.hidden = !outcome.problem.again;
    button.textContent = 'Try again';
    return;
  }
  const { explanation } = /** @type {import('./request.js').ImageAnswer} */ (outcome.answer);
  if (explanation !== undefined) show(explanation);
}

/** @param {Explanation} explanation */
function show({ grid, drops, square, label, class_id: id, probability, ms }) {
  const cells = drops.flat();
  const most = Math.max(...cells.map(Math.abs), Number.MIN_VALUE);
  const pixels = new ImageData(grid, grid);
  cells.forEach((drop, cell) => {
    pixels.data.set([...(drop > 0 ? FOR : AGAINST), (MOST * Math.abs(drop)) / most], 4 * cell);
  });
  map.width = map.height = grid;
  map.getContext('2d')?.putImageData(pixels, 0, 0);
  const { naturalWidth: width, naturalHeight: height } = picture;
  const side = square * Math.min(width, height);
  map.style.width = `${(100 * side) / width}%`;
  map.style.left = `${(50 * (width - side)) / width}%`;
  map.style.top = `${(50 * (height - side)) / height}%`;
  map.hidden = false;
  const strongest = cells.indexOf(Math.max(...cells));
  const name = label ?? `class ${id}`;
  const left = percent(Math.max(0, probability - (cells[strongest] ?? 0)));
  const place = `line ${Math.floor(strongest / grid) + 1}, column ${(strongest % grid) + 1}`;
  map.setAttribute(
    'aria-label',
    `The picture under a grid of ${grid} by ${grid}; the strongest cell is in ${place}`,
  );
  hint.textContent =
    `Orange speaks for ${name}, blue against it. With the part around ${place} covered the model is ${left} sure, ` +
    `not ${percent(probability)}. It looked at ${cells.length} copies, each with another part covered, in ${duration(ms)}. ` +
    'This says what the model reacts to, not why.';
}
