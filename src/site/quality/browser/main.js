// @ts-check
/** The page at /quality: asks what is known of the chosen model, and again while somebody looks at it. */
import { make, put, the } from '../../home/browser/dom.js';
import { json } from '../../home/browser/json.js';
import { lookAtDrift } from './drift.js';
import { versionCard } from './version.js';

/** @typedef {import('typebox').Static<typeof import('../../../protocol/v1/model-schemas.ts').ModelList>} ModelList */
/** @typedef {import('./version.js').Accuracy} Accuracy */

/** What is known changes with each label, and those come slowly. */
const EVERY_MS = 5000;

const choice = the('model', HTMLSelectElement);
const pulse = the('pulse', HTMLElement);
const versions = the('versions', HTMLElement);
const nothing = the('no-feedback', HTMLElement);
const asData = the('as-data', HTMLElement);

/** @type {ModelList['models']} */
let models = [];
/** The last answer about feedback, as text: the page is drawn again when another one comes. */
let shown = '';
/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;
let asking = false;

async function look() {
  clearTimeout(timer);
  if (asking || document.visibilityState === 'hidden') return;
  asking = true;
  try {
    offer(await json('/v1/models'));
    const model = choice.value;
    if (model !== '') await Promise.all([lookAtAccuracy(model), lookAtDrift(model)]);
    say('live', 'live');
  } catch {
    say('gone', 'no answer, asking again');
  }
  asking = false;
  timer = setTimeout(() => void look(), EVERY_MS);
}

/** @param {ModelList} list */
function offer({ models: all, default: first }) {
  models = all;
  const names = all.map(({ name }) => name);
  if (names.join('\n') === Array.from(choice.options, ({ value }) => value).join('\n')) return;
  const chosen = choice.value;
  choice.replaceChildren(
    ...names.map((name) => {
      const option = /** @type {HTMLOptionElement} */ (make('option', '', name));
      option.value = name;
      option.selected = name === (names.includes(chosen) ? chosen : first);
      return option;
    }),
  );
}

/** @param {string} model */
async function lookAtAccuracy(model) {
  const path = `/v1/models/${encodeURIComponent(model)}/accuracy`;
  const response = await fetch(path, { signal: AbortSignal.timeout(EVERY_MS) });
  const text = await response.text();
  if (text === shown) return;
  const answer = JSON.parse(text);
  shown = response.ok ? text : '';
  if (response.ok) return showAccuracy(answer, path);
  versions.replaceChildren();
  asData.hidden = true;
  explain(
    answer.code === 'FEEDBACK_OFF'
      ? 'This server logs no predictions, so nobody can say which were right. Start it with --prediction-log-dir, or set ORTOLAN_PREDICTION_LOG_DIR.'
      : String(answer.error),
  );
}

/** @param {Accuracy} accuracy @param {string} path */
function showAccuracy({ model, days, complete, versions: found }, path) {
  const known = models.find(({ name }) => name === model);
  versions.replaceChildren(
    ...found.map((version) => versionCard(version, version.version === known?.default_version)),
  );
  asData.hidden = false;
  the('accuracy-data', HTMLAnchorElement).href = path;
  if (!complete) explain('What earlier servers have written is still being counted.');
  else if (found.length === 0)
    explain(
      `Nothing was said of the answers of the last ${days} days yet: POST /v1/feedback takes what was right.`,
    );
  else nothing.hidden = true;
}

/** @param {string} sentence */
function explain(sentence) {
  put('no-feedback', sentence);
  nothing.hidden = false;
}

/** @param {string} state @param {string} words */
function say(state, words) {
  pulse.className = `soft ${state}`;
  if (pulse.textContent !== words) pulse.textContent = words;
}

choice.addEventListener('change', () => void look());
document.addEventListener('visibilitychange', () => void look());
void look();
