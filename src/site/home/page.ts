/**
 * The page at /: for a person who wants to see what this server does with a photograph. One document with its script
 * and its style inside, so that its policy can name both by their digests and forbid everything else; made once.
 */
import { formatSize } from '../../config/size.ts';
import { html, Html } from '../html.ts';
import { digestOf, policyOf } from '../policy.ts';
import { flat, SAMPLES, sampleUrl, script, styleSheet } from './assets.ts';

export interface HomeFacts {
  /** Of the server. */
  readonly version: string;
  /** Of one picture; the page sends none that is larger. */
  readonly maxBodyBytes: number;
}

export interface HomePage {
  readonly text: string;
  /** Its Content-Security-Policy. */
  readonly policy: string;
}

/** Reads the parts from the disk. @throws when one is missing */
export function homePage(facts: HomeFacts): HomePage {
  const style = styleSheet();
  const code = script();
  const policy = policyOf(
    `script-src ${digestOf(code)}`,
    `style-src ${digestOf(style)}`,
    // What the visitor brings, and the samples that are inside the page.
    'img-src blob: data:',
    "connect-src 'self'",
    // Text never becomes markup or code, whatever a label or a file name holds.
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  );
  return { text: flat(document(facts, code, style)), policy };
}

/** Three bars. A page without an icon of its own makes browsers ask for one that is not there. */
const ICON =
  'data:image/svg+xml,%3Csvg xmlns=%22http://www.w3.org/2000/svg%22 viewBox=%220 0 16 16%22%3E%3Cpath fill=%22%23b06a00%22 d=%22M1 2h14v3H1zM1 6.5h9v3H1zM1 11h5v3H1z%22/%3E%3C/svg%3E';

/** Script and style stand without white space around them: it would count for the digest. */
const document = ({ version, maxBodyBytes }: HomeFacts, code: string, style: string): string =>
  html`<!doctype html>
    <html lang="en" data-state="empty" data-max-body-bytes="${maxBodyBytes}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>Ortolan: what is in the picture?</title>
        <link rel="icon" href="${new Html(ICON)}" />
        ${new Html(`<style>${style}</style>`)}
      </head>
      <body>
        <header>
          <p class="brand">Ortolan <small>${version}</small></p>
          <nav aria-label="This server">
            <a href="/docs">Interface</a>
            <a href="/metrics">Metrics</a>
            <a href="/health">Health</a>
          </nav>
        </header>
        <main>
          ${asking(maxBodyBytes)}
          <p id="status" class="away" role="status"></p>
          <div class="working"></div>
          <div id="problem" role="alert"></div>
          ${answer}
        </main>
        <aside aria-labelledby="now">${now}</aside>
        <noscript
          ><p>
            This page needs JavaScript; the server does not. See <a href="/docs">the interface</a>.
          </p></noscript
        >
        ${new Html(`<script type="module">${code}</script>`)}
      </body>
    </html> `.text;

const asking = (maxBodyBytes: number): Html =>
  html`<h1>What is in the picture?</h1>
    <p class="lead">
      Give this model server a photograph. It says what it sees, how sure it is, and where every millisecond
      went.
    </p>
    <div id="drop">
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
    <p class="soft" id="kinds">
      JPEG, PNG or WebP, up to ${formatSize(maxBodyBytes)}. It goes to this server only, which does not keep
      it.
    </p>
    <p id="no-images" hidden>No model of this server takes images. <a href="/docs">How to send rows</a></p>
    <div class="ways">
      <div class="samples" role="group" aria-label="Pictures to try it with">
        <span class="soft">No photograph at hand?</span>
        ${SAMPLES.map(
          (name) =>
            html`<button type="button" class="sample">
              <img src="${sampleUrl(name)}" alt="" width="44" height="32" />${name}
            </button> `,
        )}
      </div>
      <label id="model-choice" class="soft" hidden
        >Model
        <select id="model"></select
      ></label>
      <label class="soft">
        Show
        <select id="count">
          ${[3, 5, 10].map((count) => html`<option value="${count}" ${new Html(count === 5 ? ' selected' : '')}>best ${count}</option>`)}
        </select>
      </label>
    </div>
    <details id="address-box">
      <summary>Or name its address</summary>
      <form id="by-address">
        <label class="away" for="address">Address of a picture</label>
        <input type="url" id="address" required placeholder="https://example.org/photo.jpg" />
        <button>Let the server fetch it</button>
      </form>
    </details>`;

const answer = html`<section id="answer" aria-label="Answer">
  <div class="verdict">
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
    <p class="soft">In the log of the server this was request <code id="request-id"></code>.</p>
  </section>
</section>`;

const KEY: readonly (readonly [classes: string, meaning: string])[] = [
  ['idle', 'a worker was free'],
  ['full', 'the batch was full'],
  ['delay', 'waited for more'],
  ['prefetch', 'sent ahead'],
  ['broken', 'failed'],
  ['plain-tone wide', 'thick: all cores'],
  ['plain-tone narrow', 'thin: one thread'],
];

const figure = (id: string, name: string): Html =>
  html`<div>
    <dt>${name}</dt>
    <dd id="${id}">–</dd>
  </div> `;

const now = html`<h2 id="now">This server, now</h2>
  <p id="pulse" class="soft">asking</p>
  <dl class="figures">
    ${figure('rate', 'answers a second')} ${figure('waiting', 'waiting')} ${figure('p50', 'half within')}
    ${figure('p99', '99 % within')}
  </dl>
  <p class="soft"><span id="workers"></span>; in the last minute <span id="failed"></span></p>
  <h3>Answers in each second of the last minute</h3>
  <div class="chart" id="seconds" role="img" aria-label="No answers yet"></div>
  <p id="most" class="soft"></p>
  <h3>The last batches, newest at the right; taller took longer</h3>
  <div class="chart" id="batches" role="img" aria-label="No batches yet"></div>
  <p id="no-batches" class="soft">None yet.</p>
  <ul class="key">
    ${KEY.map(([classes, meaning]) => html`<li><i class="${classes}"></i>${meaning}</li> `)}
  </ul>
  <p class="soft">As data: <a href="/debug/live">now</a>, <a href="/debug/batches">batches</a></p>`;
