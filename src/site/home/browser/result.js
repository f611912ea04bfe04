// @ts-check
/** Shows an answer (classes, where the time went, the batch, the command) or a problem in its place. */
import { bar, make, put, the } from './dom.js';
import { curl } from './request.js';
import { outputsText } from './rows.js';
import { batchStory, counted, duration, percent, STAGES } from './words.js';

/** @typedef {import('./request.js').Input} Input */
/** @typedef {import('./request.js').ImageAnswer} ImageAnswer */
/** @typedef {import('./words.js').Problem} Problem */

const state = document.documentElement.dataset;
const status = the('status', HTMLElement);
const preview = the('preview', HTMLImageElement);
const save = the('save', HTMLAnchorElement);
const command = the('command', HTMLElement);
const problemBox = the('problem', HTMLElement);

let pictureUrl = '';

preview.addEventListener('error', () => (preview.hidden = true));

/** @param {Input} input */
const nameOf = (input) =>
  input.kind === 'file' ? input.name : input.kind === 'address' ? input.address : 'these rows';

/** Shows what is on its way. @param {Input} input */
export function showBusy(input) {
  state['state'] = 'busy';
  status.textContent = `Asking about ${nameOf(input)}`;
  problemBox.replaceChildren();
  URL.revokeObjectURL(pictureUrl);
  pictureUrl = input.kind === 'file' ? URL.createObjectURL(input.blob) : '';
  preview.hidden = pictureUrl === '';
  if (pictureUrl !== '') preview.src = pictureUrl;
  put('source', nameOf(input));
  // The old answer is still there, dimmed: it must not be taken for the answer to this input.
  for (const id of ['best', 'rows-by']) put(id, '…');
  for (const id of ['by', 'outputs']) put(id, '');
}

/** As before the first input. */
export function showNothing() {
  state['state'] = 'empty';
  status.textContent = '';
  problemBox.replaceChildren();
  the('classes', HTMLElement).replaceChildren();
  the('stages', HTMLElement).replaceChildren();
}

/**
 * @param {import('./request.js').Answer} answer
 * @param {number} waitedMs
 * @param {Input} input
 * @param {string} url
 */
export function showAnswer(answer, waitedMs, input, url) {
  state['state'] = 'answer';
  status.textContent = 'predictions' in answer ? showClasses(answer) : showOutputs(answer);
  showJourney(answer, waitedMs);
  const { batch } = answer;
  const own = 'predictions' in answer ? 1 : rowsOf(answer);
  put('story', batchStory(batch, own, 'predictions' in answer ? 'picture' : 'row'));
  put('batch-size', String(batch.size));
  put('batch-reason', batch.reason);
  put('batch-width', batch.width);
  showCommand(input, url);
  put('request-id', answer.request_id);
  comeIntoView(the('answer', HTMLElement));
}

/** Gives what a screen reader is to say. @param {ImageAnswer} answer */
function showClasses({ predictions, model }) {
  const named = predictions.map(({ label, class_id: id, probability }) => ({
    name: label ?? `class ${id}`,
    probability,
  }));
  const [first] = named;
  put('best', first?.name ?? 'Nothing');
  put('by', `${percent(first?.probability ?? 0)} sure, says ${model.name}, version ${model.version}`);
  the('classes', HTMLElement).replaceChildren(
    ...named.map(({ name, probability }) =>
      make(
        'li',
        '',
        make('span', 'name', name),
        make('span', 'number', percent(probability)),
        bar(0, probability),
      ),
    ),
  );
  const said = named.map(({ name, probability }) => `${name}, ${percent(probability)}`);
  return `Answer: ${said.join('; ')}`;
}

/** @param {import('./request.js').RowsAnswer} answer */
function showOutputs(answer) {
  const { model } = answer;
  const outputs = outputsOf(answer);
  const rows = counted(rowsOf(answer), 'row');
  put('rows-by', `${rows} of ${model.name}, version ${model.version}`);
  put('outputs', outputsText(outputs));
  return `Answer: ${rows} of ${Object.keys(outputs).join(', ')}`;
}

/** @param {import('./request.js').RowsAnswer} answer */
const outputsOf = ({ outputs }) => /** @type {Record<string, readonly unknown[]>} */ (outputs);

/** @param {import('./request.js').RowsAnswer} answer */
const rowsOf = (answer) => Object.values(outputsOf(answer))[0]?.length ?? 0;

/** Each stage begins where the one before it ended. @param {import('./request.js').Answer} answer @param {number} waitedMs */
function showJourney({ timings_ms: timings }, waitedMs) {
  const { total } = timings;
  let at = 0;
  const stages = STAGES.filter(([stage]) => stage !== 'decode' || timings.decode > 0);
  const rows = stages.map(([stage, meaning]) => {
    const row = stageRow(stage, meaning, at / total, timings[stage] / total, timings[stage]);
    at += timings[stage];
    return row;
  });
  const rest = Math.max(0, total - at);
  rows.push(stageRow('rest', 'handed from thread to thread, and written', at / total, rest / total, rest));
  const whole = stageRow('total', 'in the server', 0, 1, total);
  whole.className = 'total';
  the('stages', HTMLElement).replaceChildren(...rows, whole);
  put(
    'waited',
    `Your browser waited ${duration(waitedMs)}; what is more than the total is the network’s and its own.`,
  );
}

/**
 * @param {string} name
 * @param {string} meaning
 * @param {number} start
 * @param {number} length
 * @param {number} ms
 */
function stageRow(name, meaning, start, length, ms) {
  const head = make('th', '', name, make('small', '', meaning));
  head.setAttribute('scope', 'row');
  const inside = Math.min(1, start);
  return make(
    'tr',
    '',
    head,
    make('td', '', bar(inside, Math.min(length, 1 - inside))),
    make('td', 'number', duration(ms)),
  );
}

/** @param {Input} input @param {string} url */
function showCommand(input, url) {
  command.textContent = curl(url, input);
  const kept = input.kind === 'file' && !input.onDisk;
  the('save-note', HTMLElement).hidden = !kept;
  if (!kept) return;
  save.href = pictureUrl;
  save.download = input.name;
  save.textContent = input.name;
}

/** @param {Problem} problem @param {() => void} again */
export function showProblem({ title, sentence, facts, again: mayHelp }, again) {
  state['state'] = 'problem';
  status.textContent = '';
  const terms = facts.map(([name, value]) => make('div', '', make('dt', '', name), make('dd', '', value)));
  const button = make('button', '', 'Try again');
  button.addEventListener('click', again);
  problemBox.replaceChildren(
    make('h2', '', title),
    make('p', '', sentence),
    ...(terms.length === 0 ? [] : [make('dl', 'facts', ...terms)]),
    ...(mayHelp ? [button] : []),
  );
  comeIntoView(problemBox);
}

/** On a phone the answer lies below what was tapped. @param {HTMLElement} element */
function comeIntoView(element) {
  const { top } = element.getBoundingClientRect();
  if (top >= 0 && top < innerHeight * 0.7) return;
  const still = matchMedia('(prefers-reduced-motion: reduce)').matches;
  element.scrollIntoView({ block: 'start', behavior: still ? 'auto' : 'smooth' });
}

const copy = the('copy', HTMLButtonElement);
copy.addEventListener('click', () => void copyCommand());

async function copyCommand() {
  try {
    // Only pages from this machine or over TLS have a clipboard.
    await navigator.clipboard.writeText(command.textContent ?? '');
    copy.textContent = 'Copied';
    status.textContent = 'Copied';
  } catch {
    getSelection()?.selectAllChildren(command);
    copy.textContent = 'Selected: now copy it';
  }
  setTimeout(() => (copy.textContent = 'Copy'), 2000);
}
