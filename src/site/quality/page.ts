/**
 * The page at /quality: for a person who wants to know how good the models are. One document with its script and its style
 * inside, as the page at /, from which it has its words and its looks; made once.
 */
import { flat, scriptOf, styleOf } from '../assets.ts';
import { ICON, type HomeFacts, type HomePage } from '../home/page.ts';
import { html, Html } from '../html.ts';
import { digestOf, policyOf } from '../policy.ts';

/** In the order of their imports. */
const MODULES = [
  ...['../home/browser/dom', '../home/browser/json', '../home/browser/words'],
  ...[
    'browser/svg',
    'browser/days',
    'browser/calibration',
    'browser/version',
    'browser/drift-picture',
    'browser/drift',
    'browser/main',
  ],
];

/** In the order of the page. */
const STYLE_SHEETS = ['../home/browser/style/base', 'browser/style/quality', 'browser/style/drift'];

const place = (file: string): URL => new URL(file, import.meta.url);

/** Reads the parts from the disk. @throws when one is missing */
export function qualityPage({ version }: Pick<HomeFacts, 'version'>): HomePage {
  const style = styleOf(STYLE_SHEETS.map((name) => place(`${name}.css`)));
  const code = scriptOf(MODULES.map((name) => place(`${name}.js`)));
  const policy = policyOf(
    `script-src ${digestOf(code)}`,
    `style-src ${digestOf(style)}`,
    'img-src data:',
    "connect-src 'self'",
    // Text never becomes markup or code, whatever a label holds.
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  );
  return { text: flat(document(version, code, style)), policy };
}

/** Script and style stand without white space around them: it would count for the digest. */
const document = (version: string, code: string, style: string): string =>
  html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>Ortolan: how good are the models?</title>
        <link rel="icon" href="${new Html(ICON)}" />
        ${new Html(`<style>${style}</style>`)}
      </head>
      <body>
        <header>
          <p class="brand">Ortolan <small>${version}</small></p>
          <nav aria-label="This server">
            <a href="/">Try it</a>
            <a href="/docs">API</a>
            <a href="/metrics">Metrics</a>
            <a href="/health">Health</a>
          </nav>
        </header>
        <main>
          <h1>How good are the models?</h1>
          <p class="lead">
            By what callers have said of the answers, and by how far the inputs are from those that the models
            were made for.
          </p>
          <p id="model-choice">
            <label for="model">Model</label>
            <select id="model"></select>
          </p>
          <p id="pulse" class="soft" role="status">connecting</p>
          <section aria-labelledby="right-title">
            <h2 id="right-title">Right answers</h2>
            <p id="no-feedback" class="soft" hidden></p>
            <div id="versions"></div>
            <p class="soft" id="as-data" hidden>
              <a id="accuracy-data" href="/docs#showAccuracy">As data</a>. Intervals hold the true share 95
              times of 100.
            </p>
          </section>
          <section id="drift" aria-labelledby="drift-title" hidden>
            <h2 id="drift-title">Drift of the inputs</h2>
            <div id="drift-pictures"></div>
          </section>
        </main>
        <noscript
          ><p>
            This page needs JavaScript; the server does not. See <a href="/docs#showAccuracy">the API</a>.
          </p></noscript
        >
        ${new Html(`<script type="module">${code}</script>`)}
      </body>
    </html> `.text;
