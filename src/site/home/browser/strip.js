// @ts-check
/**
 * The state of the server, asked for every second while the page is visible, one request at a time. A failure shows in the
 * first line of this part only.
 */
import { bar, make, put, the } from './dom.js';
import { json } from './json.js';
import { age, counted, duration } from './words.js';

/** @typedef {import('typebox').Static<typeof import('../../../protocol/ops/live.ts').Live>} Live */
/** @typedef {import('typebox').Static<typeof import('../../../protocol/ops/batches.ts').Batches>['batches'][number]} Batch */

const PERIOD_MS = 1000;
/** As many as fit side by side on a phone. */
const SHOWN = 24;
const MINUTE = 60;

const pulse = the('pulse', HTMLElement);
const seconds = the('seconds', HTMLElement);
const batchList = the('batches', HTMLElement);
const load = the('load', HTMLElement);

const columns = Array.from({ length: MINUTE }, () => make('i', ''));
seconds.append(...columns);

/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;
let asking = false;

/**
 * Watches until the page is closed. Calls `models` with a text that changes when a model or its state does.
 * @param {(signature: string) => void} models
 */
export function watch(models) {
  const look = async () => {
    clearTimeout(timer);
    if (asking || document.visibilityState === 'hidden') return;
    asking = true;
    try {
      const answers = await Promise.all([json('/debug/live'), json(`/debug/batches?limit=${SHOWN}`)]);
      const [live, { batches }] = /** @type {[Live, { batches: Batch[] }]} */ (answers);
      showLive(live);
      showBatches(batches.toReversed());
      say('live', `live, up for ${age(live.uptime_s)}`);
      models(JSON.stringify(live.models.map(({ name, version, state }) => [name, version, state])));
    } catch {
      say('gone', 'no answer, asking again');
    }
    asking = false;
    timer = setTimeout(() => void look(), PERIOD_MS);
  };
  document.addEventListener('visibilitychange', () => void look());
  void look();
}

/** @param {string} state @param {string} words */
function say(state, words) {
  pulse.className = state;
  if (pulse.textContent !== words) pulse.textContent = words;
}

/** @param {Live} live */
function showLive({ uptime_s: uptime, last_minute: minute, saturation, models, workers }) {
  const { answered, failed, answered_by_second: bySecond } = minute;
  const rate = answered / Math.max(1, Math.min(MINUTE, uptime));
  put('rate', answered === 0 ? '0' : rate.toFixed(rate < 9.95 ? 1 : 0));
  put('p50', minute.p50_ms === undefined ? '–' : duration(minute.p50_ms));
  put('p99', minute.p99_ms === undefined ? '–' : duration(minute.p99_ms));
  put('waiting', String(models.reduce((sum, { queued_rows: rows }) => sum + rows, 0)));
  put('workers', workersInWords({ ...workers }));
  put('saturation', `${Math.round(100 * saturation)} %`);
  load.replaceChildren(bar(0, Math.min(1, saturation)));
  put('failed', failed === 0 ? 'no failures' : `${failed} failed or refused`);
  const most = Math.max(...bySecond);
  for (const [i, column] of columns.entries()) {
    const count = bySecond[i] ?? 0;
    column.style.blockSize = `${count === 0 ? 0 : 6 + (94 * count) / most}%`;
  }
  put('most', `most in one second: ${most}`);
  seconds.ariaLabel = `Answers in each of the last sixty seconds: ${answered} together, at most ${most} in one second`;
}

/** @param {Readonly<Record<string, number>>} workers */
function workersInWords(workers) {
  const all = Object.values(workers).reduce((sum, count) => sum + count, 0);
  const { busy = 0, ready = 0 } = workers;
  const others = Object.entries(workers).filter(([state]) => state !== 'busy' && state !== 'ready');
  const words = [
    `${busy} of ${counted(all, 'worker')} busy`,
    ...others.map(([state, count]) => `${count} ${state}`),
  ];
  return ready + busy === 0 ? `no worker can work: ${words.slice(1).join(', ')}` : words.join(', ');
}

/** Oldest first. @param {readonly Batch[]} batches */
function showBatches(batches) {
  const longest = Math.max(...batches.map(timeOf));
  batchList.replaceChildren(...batches.map((batch) => batchBar(batch, longest)));
  batchList.ariaLabel = batches.length === 0 ? 'No batches yet' : batchesInWords(batches);
  the('no-batches', HTMLElement).hidden = batches.length > 0;
}

/** What it took, or will take. @param {Batch} batch */
const timeOf = ({ decode_ms: decode = 0, infer_ms: infer, predicted_ms: predicted }) =>
  infer === undefined ? predicted : decode + infer;

/**
 * A bar: height is duration, thickness is width, and its fill is the reason.
 * @param {Batch} batch
 * @param {number} longest
 */
function batchBar(batch, longest) {
  const { size, width, reason, outcome, ago_ms: ago, model, left_in_queue: left } = batch;
  const ms = timeOf(batch);
  const failed = outcome !== 'done' && outcome !== 'running';
  const body = make('i', `${reason} ${width} ${failed ? 'broken' : outcome}`);
  body.style.blockSize = `${Math.max(8, (100 * ms) / longest)}%`;
  const item = make('span', 'batch', ...(size > 1 ? [make('b', '', String(size))] : []), body);
  item.title =
    `${counted(size, 'row')} of ${model.name} ${model.version}, ${outcome}, ${duration(ms)}; ${reason}, ${width}; ` +
    `${left} left waiting; ${age(ago / 1000)} ago`;
  return item;
}

/** @param {readonly Batch[]} batches */
function batchesInWords(batches) {
  const count = (/** @type {(batch: Batch) => string} */ of) =>
    [...Map.groupBy(batches, of)].map(([name, some]) => `${some.length} ${name}`).join(', ');
  const outcomes = count(({ outcome }) => outcome);
  return `Last batches: ${outcomes}; by reason: ${count(({ reason }) => reason)}; by width: ${count(({ width }) => width)}`;
}
