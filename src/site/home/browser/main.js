// @ts-check
/** The page: takes an image in whatever way it comes, or rows, asks the server about it, and shows what it answers. */
import { put, the } from './dom.js';
import { chosen, modelChoice, offerModels } from './models.js';
import { ask } from './request.js';
import { showAnswer, showBusy, showNothing, showProblem } from './result.js';
import { exampleBody, inputsInWords } from './rows.js';
import { watch } from './strip.js';
import { lookAtTraffic } from './traffic.js';
import { tooLarge, UNREADABLE } from './words.js';

/** @typedef {import('./request.js').Input} Input */

const page = document.documentElement.dataset;
const maxBytes = Number(page['maxBodyBytes']);
const drop = the('drop', HTMLElement);
const file = the('file', HTMLInputElement);
const countChoice = the('count', HTMLSelectElement);
const address = the('address', HTMLInputElement);
const rowsBody = the('rows-body', HTMLTextAreaElement);

/** @type {Input | undefined} */
export let current;
/** Which version the answer that is shown is from. @type {{ readonly name: string, readonly version: string } | undefined} */
export let answeredBy;
let asked = new AbortController();

/** A newer input takes the place of one that is still on its way. @param {Input} input */
async function take(input) {
  asked.abort();
  asked = new AbortController();
  const { signal } = asked;
  current = input;
  showBusy(input);
  const again = () => void take(input);
  const readable = input.kind === 'file' ? await inMemory(input) : input;
  if (signal.aborted) return;
  if (!readable) return showProblem(UNREADABLE, again);
  if (readable.kind === 'file' && readable.blob.size > maxBytes) {
    return showProblem(tooLarge(readable.blob.size, maxBytes), again);
  }
  const path = target();
  const outcome = await ask(path, readable, signal).catch(() => undefined);
  if (!outcome || signal.aborted) return;
  if ('problem' in outcome) showProblem(outcome.problem, again);
  else {
    answeredBy = outcome.answer.model;
    showAnswer(outcome.answer, outcome.waitedMs, input, location.origin + path);
  }
}

/**
 * A folder looks like a file until it is read, and then fetch would say that the network is down.
 * @param {import('./request.js').FilePicture} picture
 */
async function inMemory(picture) {
  const { blob } = picture;
  if (blob.size > maxBytes) return picture;
  try {
    return { ...picture, blob: new Blob([await blob.arrayBuffer()], { type: blob.type }) };
  } catch {
    return undefined;
  }
}

function target() {
  const { path, takes, classes } = chosen();
  if (takes === 'rows') return path;
  const count = Number(countChoice.value);
  return `${path}?top_k=${classes === undefined ? count : Math.min(count, classes)}`;
}

/** A model for rows does not take files. @param {FileList | readonly File[] | undefined} files @param {boolean} onDisk */
function takeFile(files, onDisk) {
  const [first] = files ?? [];
  if (!first || chosen().takes === 'rows') return false;
  void take({ kind: 'file', name: first.name, blob: first, onDisk });
  return true;
}

file.addEventListener('change', () => {
  takeFile(file.files ?? undefined, true);
  file.value = ''; // The same file may be chosen once more.
});

for (const button of document.querySelectorAll('button.sample')) {
  button.addEventListener('click', () => {
    const image = /** @type {HTMLImageElement} */ (button.firstElementChild);
    const [, base64 = ''] = image.src.split(',');
    const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
    const blob = new Blob([bytes], { type: 'image/webp' });
    void take({ kind: 'file', name: `${button.textContent?.trim()}.webp`, blob, onDisk: false });
  });
}

the('by-address', HTMLFormElement).addEventListener('submit', (event) => {
  event.preventDefault();
  void take({ kind: 'address', address: address.value.trim() });
});

// A file dropped beside the frame would otherwise replace the page.
for (const type of ['dragover', 'drop']) addEventListener(type, (event) => event.preventDefault());
addEventListener('dragover', () => drop.classList.add('over'));
addEventListener('dragleave', (event) => {
  if (event.relatedTarget === null) drop.classList.remove('over');
});
addEventListener('drop', (event) => {
  drop.classList.remove('over');
  takeFile(event.dataTransfer?.files, true);
});

addEventListener('paste', (event) => {
  if (takeFile(event.clipboardData?.files, false)) return event.preventDefault();
  const text = event.clipboardData?.getData('text/plain').trim() ?? '';
  const typing = event.target instanceof HTMLInputElement || event.target instanceof HTMLTextAreaElement;
  if (typing || chosen().takes === 'rows' || !/^https?:\/\/\S+$/.test(text)) return;
  the('address-box', HTMLDetailsElement).open = true;
  address.value = text;
  void take({ kind: 'address', address: text });
});

the('rows', HTMLFormElement).addEventListener('submit', (event) => {
  event.preventDefault();
  void take({ kind: 'rows', body: rowsBody.value });
});

/** The body that the script has written last: what somebody has typed is left as it is. */
let written = '';

/** Shows what the chosen model takes, and forgets the answer of one that takes something else. */
function showTakes() {
  const { takes, state, inputs } = chosen();
  if (page['takes'] !== takes) {
    asked.abort();
    current = undefined;
    showNothing();
  }
  page['takes'] = takes;
  put('title', takes === 'images' ? 'What is in the picture?' : 'Try the model');
  const body = inputs && exampleBody(inputs);
  the('too-long', HTMLElement).hidden = inputs === undefined || body !== undefined;
  put('inputs', inputs === undefined ? `The model is ${state}.` : inputsInWords(inputs));
  if (rowsBody.value === written) rowsBody.value = body ?? '';
  written = body ?? '';
}

modelChoice.addEventListener('change', () => {
  // The rows of one model do not fit another.
  if (chosen().takes === 'rows') {
    written = rowsBody.value;
    asked.abort();
    current = undefined;
    showNothing();
  }
  showTakes();
  if (current !== undefined) void take(current);
});

countChoice.addEventListener('change', () => {
  if (current !== undefined) void take(current);
});

let known = '';
watch((signature) => {
  lookAtTraffic().catch(() => undefined); // The strip says that there is no answer.
  if (signature === known) return;
  // A failure is tried again with the next signature.
  offerModels().then(
    () => {
      known = signature;
      showTakes();
    },
    () => undefined,
  );
});
