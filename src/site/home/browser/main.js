// @ts-check
/** The page: takes a picture in whatever way it comes, asks the server about it, and shows what it says. */
import { the } from './dom.js';
import { ask, predictPath } from './request.js';
import { showAnswer, showBusy, showProblem } from './result.js';
import { json, watch } from './strip.js';
import { tooLarge, UNREADABLE } from './words.js';

/** @typedef {import('typebox').Static<typeof import('../../../protocol/v1/model-schemas.ts').ModelList>} ModelList */
/** @typedef {import('./request.js').Picture} Picture */

const maxBytes = Number(document.documentElement.dataset['maxBodyBytes']);
const drop = the('drop', HTMLElement);
const file = the('file', HTMLInputElement);
const modelChoice = the('model', HTMLSelectElement);
const countChoice = the('count', HTMLSelectElement);
const address = the('address', HTMLInputElement);

/** @typedef {{ readonly path: string, readonly classes: number | undefined }} Version */

/** Until it is known what there is. @type {Version} */
const DEFAULT = { path: '/v1/predict', classes: undefined };

/** @type {readonly Version[]} */
let versions = [];
/** @type {Picture | undefined} */
let current;
let asked = new AbortController();

/** A newer picture takes the place of one that is still on its way. @param {Picture} picture */
async function take(picture) {
  asked.abort();
  asked = new AbortController();
  const { signal } = asked;
  current = picture;
  showBusy(picture);
  const again = () => void take(picture);
  const readable = picture.kind === 'file' ? await inMemory(picture) : picture;
  if (signal.aborted) return;
  if (readable === undefined) return showProblem(UNREADABLE, again);
  if (readable.kind === 'file' && readable.blob.size > maxBytes) {
    return showProblem(tooLarge(readable.blob.size, maxBytes), again);
  }
  const path = target();
  const outcome = await ask(path, readable, signal).catch(() => undefined);
  if (outcome === undefined || signal.aborted) return;
  if ('problem' in outcome) showProblem(outcome.problem, again);
  else showAnswer(outcome.answer, outcome.waitedMs, picture, location.origin + path);
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
  const { path, classes } = versions[modelChoice.selectedIndex] ?? DEFAULT;
  const count = Number(countChoice.value);
  return `${path}?top_k=${classes === undefined ? count : Math.min(count, classes)}`;
}

/** @param {FileList | readonly File[] | undefined} files @param {boolean} onDisk */
function takeFile(files, onDisk) {
  const [first] = files ?? [];
  if (first !== undefined) void take({ kind: 'file', name: first.name, blob: first, onDisk });
  return first !== undefined;
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
  if (event.target instanceof HTMLInputElement || !/^https?:\/\/\S+$/.test(text)) return;
  the('address-box', HTMLDetailsElement).open = true;
  address.value = text;
  void take({ kind: 'address', address: text });
});

for (const choice of [modelChoice, countChoice]) {
  choice.addEventListener('change', () => {
    if (current !== undefined) void take(current);
  });
}

/** Offers every version that takes images; the one that was chosen stays so. */
async function offerModels() {
  /** @type {ModelList} */
  const { default: defaultModel, models } = await json('/v1/models');
  const offered = models.flatMap(({ name, default_version: defaultVersion, versions: some }) =>
    some
      .filter(({ takes }) => takes === 'images')
      .map(({ version, labels, state, outputs }) => {
        const isDefaultModel = name === defaultModel;
        const isDefaultVersion = version === defaultVersion;
        const notes = [...labels, ...(state === 'ready' ? [] : [state])];
        return {
          path: predictPath({ model: name, version, isDefaultModel, isDefaultVersion }),
          classes: outputs?.[0]?.shape.at(-1),
          isDefault: isDefaultModel && isDefaultVersion,
          text: `${name} ${version}${notes.length === 0 ? '' : ` (${notes.join(', ')})`}`,
        };
      }),
  );
  the('no-images', HTMLElement).hidden = offered.length > 0;
  const chosen = versions[modelChoice.selectedIndex]?.path;
  const selected = offered.findIndex(({ path, isDefault }) =>
    chosen === undefined ? isDefault : path === chosen,
  );
  versions = offered;
  modelChoice.replaceChildren(...offered.map(({ text }) => new Option(text)));
  modelChoice.selectedIndex = Math.max(0, selected);
  the('model-choice', HTMLElement).hidden = offered.length < 2;
}

let known = '';
watch((signature) => {
  if (signature === known) return;
  // What cannot be had now is asked for again with the next look.
  offerModels().then(
    () => (known = signature),
    () => undefined,
  );
});
