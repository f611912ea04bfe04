/** The page: takes a photograph, or rows, and shows what the model says. Nothing leaves the device. */
import { open, pixelsOf } from './open.js';

const the = (id) => document.getElementById(id);
const say = (text) => (the('status').textContent = text);

async function show(work) {
  try {
    const start = performance.now();
    const answer = await work();
    const ms = performance.now() - start;
    the('answer').textContent = '';
    if (Array.isArray(answer)) {
      for (const { label, class_id: id, probability } of answer) {
        const item = document.createElement('li');
        item.textContent = `${label ?? `class ${id}`}, ${(100 * probability).toFixed(1)} %`;
        the('answer').append(item);
      }
    } else {
      the('answer').textContent = JSON.stringify(answer, null, 1);
    }
    say(`${ms.toFixed(0)} ms`);
    return answer;
  } catch (error) {
    say(`That did not work: ${error.message}`);
    throw error;
  }
}

/** Keeps the files on the device; from then on no network is needed. */
async function keep() {
  if (!('serviceWorker' in navigator))
    return 'Ready, while there is a network: this address has no service workers.';
  await navigator.serviceWorker.register(new URL('./offline.js', import.meta.url));
  await navigator.serviceWorker.ready;
  return 'Ready, also without a network.';
}

say('Loading the model');
const { model, bundle } = await open();
const images = bundle.preprocess !== undefined;
the('title').textContent = `${bundle.model}, version ${bundle.version}`;
the('images').hidden = !images;
the('rows').hidden = images;

/** For programs: `await ortolan.classify(blob)`, or `await ortolan.run({ x: [[1, 2]] })`. */
globalThis.ortolan = {
  classify: (blob, topK) => show(async () => model.classify(await pixelsOf(blob), topK)),
  run: (inputs, topK) => show(() => model.run(inputs, topK)),
};

the('file').addEventListener('change', () => {
  const [file] = the('file').files;
  if (file === undefined) return;
  URL.revokeObjectURL(the('picture').src);
  the('picture').src = URL.createObjectURL(file);
  the('picture').hidden = false;
  void ortolan.classify(file).catch(() => undefined);
});
the('rows').addEventListener('submit', (event) => {
  event.preventDefault();
  void show(() => model.run(JSON.parse(the('body').value).inputs)).catch(() => undefined);
});

say(await keep());
document.documentElement.dataset.ready = 'yes';
