/** The side of the page at /: what the server does now and did in the last minute. */
import { html, type Html } from '../html.ts';

const figure = (id: string, name: string): Html =>
  html`<div>
    <dt>${name}</dt>
    <dd id="${id}">–</dd>
  </div> `;

/** The classes of a bar of the last batches, and what they mean. */
const KEY: readonly (readonly [classes: string, meaning: string])[] = [
  ['idle', 'a worker was free'],
  ['full', 'the batch was full'],
  ['delay', 'waited for more'],
  ['prefetch', 'sent ahead'],
  ['broken', 'failed'],
  ['plain-tone wide', 'thick: all cores'],
  ['plain-tone narrow', 'thin: one thread'],
];

export const NOW = html`<h2 id="now">This server, now</h2>
  <p id="pulse" class="soft">connecting</p>
  <dl class="figures">
    ${figure('rate', 'answers a second')} ${figure('waiting', 'rows waiting')} ${figure('p50', 'p50')}
    ${figure('p99', 'p99')}
    <div class="saturation">
      <dt>saturation: work asked for, of capacity</dt>
      <dd id="saturation">–</dd>
    </div>
  </dl>
  <div id="load"></div>
  <p class="soft"><span id="workers"></span>; <span id="failed"></span> in the last minute</p>
  <h3>Answers in each second of the last minute</h3>
  <div class="chart" id="seconds" role="img" aria-label="No answers yet"></div>
  <p id="most" class="soft"></p>
  <h3>The last batches, newest at the right; taller took longer</h3>
  <div class="chart" id="batches" role="img" aria-label="No batches yet"></div>
  <p id="no-batches" class="soft">None yet.</p>
  <ul class="key">
    ${KEY.map(([classes, meaning]) => html`<li><i class="${classes}"></i>${meaning}</li> `)}
  </ul>
  <div id="traffic" hidden>
    <h3>Who answers for <span id="traffic-of"></span></h3>
    <div id="shares"></div>
    <ul id="findings"></ul>
  </div>
  <p class="soft">As data: <a href="/debug/live">now</a>, <a href="/debug/batches">batches</a></p>`;
