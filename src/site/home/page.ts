/**
 * The page at /: for a person who wants to see what this server does with a photograph, or with rows of numbers. One
 * document with its script and its style inside, so that its policy can name both by their digests and forbid everything
 * else; made once.
 */
import { flat } from '../assets.ts';
import { html, Html } from '../html.ts';
import { digestOf, policyOf } from '../policy.ts';
import { ANSWER } from './answer.ts';
import { ask } from './ask.ts';
import { script, styleSheet } from './assets.ts';
import { NOW } from './now.ts';

export interface HomeFacts {
  /** Of the server. */
  readonly version: string;
  /** Of one image; the page sends none that is larger. */
  readonly maxBodyBytes: number;
  /** Whether what visitors send is written down or sent on. */
  readonly keepsInputs?: boolean;
  /** Whether answers are explained where that is asked for. */
  readonly explains?: boolean;
}

export interface HomePage {
  readonly text: string;
  /** Its Content-Security-Policy. */
  readonly policy: string;
}

/** Reads the parts from the disk. @throws when one is missing */
export function homePage(facts: HomeFacts): HomePage {
  const style = styleSheet(facts.explains === true);
  const code = script(facts.explains === true);
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
export const ICON =
  'data:image/svg+xml,%3Csvg xmlns=%22http://www.w3.org/2000/svg%22 viewBox=%220 0 16 16%22%3E%3Cpath fill=%22%23b06a00%22 d=%22M1 2h14v3H1zM1 6.5h9v3H1zM1 11h5v3H1z%22/%3E%3C/svg%3E';

/**
 * Script and style stand without white space around them: it would count for the digest. `data-takes`: what the chosen
 * model takes, images or rows; the style sheet shows what is for that.
 */
const document = (
  { version, maxBodyBytes, keepsInputs = false }: HomeFacts,
  code: string,
  style: string,
): string =>
  html`<!doctype html>
    <html lang="en" data-state="empty" data-takes="images" data-max-body-bytes="${maxBodyBytes}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>Ortolan: try the model server</title>
        <link rel="icon" href="${new Html(ICON)}" />
        ${new Html(`<style>${style}</style>`)}
      </head>
      <body>
        <header>
          <p class="brand">Ortolan <small>${version}</small></p>
          <nav aria-label="This server">
            <a href="/quality">Quality</a>
            <a href="/docs">API</a>
            <a href="/metrics">Metrics</a>
            <a href="/health">Health</a>
          </nav>
        </header>
        <main>
          ${ask(maxBodyBytes, keepsInputs)}
          <p id="status" class="away" role="status"></p>
          <div class="working"></div>
          <div id="problem" role="alert"></div>
          ${ANSWER}
        </main>
        <aside aria-labelledby="now">${NOW}</aside>
        <noscript
          ><p>This page needs JavaScript; the server does not. See <a href="/docs">the API</a>.</p></noscript
        >
        ${new Html(`<script type="module">${code}</script>`)}
      </body>
    </html> `.text;
