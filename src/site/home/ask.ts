/** The upper part of the page at /: what can be sent, an image or rows, and to which model. */
import { formatSize } from '../../config/size.ts';
import { html, Html } from '../html.ts';
import { SAMPLES, sampleUrl } from './assets.ts';

/** `maxBodyBytes`: of one image. `keepsInputs`: whether what is sent is written down or sent on. */
export const ask = (maxBodyBytes: number, keepsInputs: boolean): Html =>
  html`<h1 id="title">What is in the picture?</h1>
    <p class="lead for-images">
      Give this model server a photograph. It says what it sees, how sure it is, and where every millisecond
      went.
    </p>
    <p class="lead for-rows">
      This model takes rows of numbers. Send some: the answer has its outputs, and where every millisecond
      went.
    </p>
    ${imageDrop(maxBodyBytes, keepsInputs)}
    <div class="ways">
      ${samples}
      <label id="model-choice" class="soft" hidden
        >Model
        <select id="model"></select
      ></label>
      <label class="soft for-images">
        Show
        <select id="count">
          ${[3, 5, 10].map((count) => html`<option value="${count}" ${new Html(count === 5 ? ' selected' : '')}>best ${count}</option>`)}
        </select>
      </label>
    </div>
    ${rowsForm}
    <details id="address-box" class="for-images">
      <summary>Image URL</summary>
      <form id="by-address">
        <label class="away" for="address">Image URL</label>
        <input type="url" id="address" required placeholder="https://example.org/photo.jpg" />
        <button>Let the server fetch it</button>
      </form>
    </details>`;

const imageDrop = (maxBodyBytes: number, keepsInputs: boolean): Html =>
  html`<div id="drop" class="for-images">
      <input
        class="away"
        type="file"
        id="file"
        accept="image/jpeg,image/png,image/webp"
        aria-describedby="kinds"
      />
      <label class="frame" for="file">
        <span><strong>Choose a photograph</strong><span>or drop it here, or paste it</span></span>
      </label>
    </div>
    <p class="soft for-images" id="kinds">
      JPEG, PNG or WebP, up to ${formatSize(maxBodyBytes)}.
      ${keepsInputs ? 'This server keeps what it is sent.' : 'It goes to this server only, which does not keep it.'}
    </p>`;

/** The script fills it with a row that fits the inputs of the model. */
const rowsForm = html`<form id="rows" class="for-rows">
  <label for="rows-body">Body, as JSON</label>
  <textarea
    id="rows-body"
    rows="7"
    spellcheck="false"
    autocomplete="off"
    aria-describedby="inputs"
  ></textarea>
  <p class="soft" id="inputs"></p>
  <p class="soft" id="too-long" hidden>
    One row has more numbers than anybody types. <a href="/docs#predictModel">How to send raw bytes</a>
  </p>
  <button class="main">Send</button>
</form>`;

const samples = html`<div class="samples for-images" role="group" aria-label="Pictures to try it with">
  <span class="soft">No photograph at hand?</span>
  ${SAMPLES.map(
    (name) =>
      html`<button type="button" class="sample">
        <img src="${sampleUrl(name)}" alt="" width="44" height="32" />${name}
      </button> `,
  )}
</div>`;
