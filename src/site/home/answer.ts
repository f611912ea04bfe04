/** The middle of the page at /: the answer of the model, where the time went, the batch, and the command for a terminal. */
import { html } from '../html.ts';

export const ANSWER = html`<section id="answer" aria-label="Answer">
  <div class="verdict for-images">
    <figure>
      <img id="preview" alt="The picture that was sent" hidden />
      <figcaption id="source"></figcaption>
    </figure>
    <div>
      <h2 id="best"></h2>
      <p id="by" class="soft"></p>
      <ol id="classes"></ol>
    </div>
  </div>
  <div class="for-rows">
    <h2>Outputs</h2>
    <p id="rows-by" class="soft"></p>
    <pre tabindex="0"><code id="outputs"></code></pre>
  </div>
  <section aria-labelledby="journey">
    <h2 id="journey">Where the time went</h2>
    <table aria-labelledby="journey">
      <tbody id="stages"></tbody>
    </table>
    <p id="waited" class="soft"></p>
  </section>
  <section aria-labelledby="batch">
    <h2 id="batch">The batch it went in</h2>
    <p id="story"></p>
    <dl class="facts">
      <div>
        <dt>size</dt>
        <dd id="batch-size"></dd>
      </div>
      <div>
        <dt>reason</dt>
        <dd id="batch-reason"></dd>
      </div>
      <div>
        <dt>width</dt>
        <dd id="batch-width"></dd>
      </div>
    </dl>
  </section>
  <section aria-labelledby="terminal">
    <div class="bar-head">
      <h2 id="terminal">The same from a terminal</h2>
      <button type="button" id="copy">Copy</button>
    </div>
    <pre tabindex="0"><code id="command"></code></pre>
    <p id="save-note" class="soft">You have no such file yet: save <a id="save"></a> first.</p>
    <p class="soft">
      The <a href="/docs#predict">API</a> has it in Python and JavaScript too. In the log of the server this
      was request <code id="request-id"></code>.
    </p>
  </section>
</section>`;
