/** The style sheet of the page at /docs. System fonts, two colour schemes, one column below 60 rem. */

import { LANGUAGE_STYLE } from './language.ts';

export const STYLE = `
:root {
  color-scheme: light dark;
  --paper: #fdfcf8; --panel: #f5f2ea; --line: #e2ddcf; --ink: #22241f; --soft: #62645b;
  --accent: #8a5300; --mark: #fff3cf;
  --get: #0b6a5d; --post: #8a5300; --good: #1f6b2b; --bad: #a4341d; --fault: #a4341d;
  --key: #7a4600; --string: #22662c; --literal: #22559c;
  --mono: ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #16181a; --panel: #1f2225; --line: #33373b; --ink: #e6e4dc; --soft: #a3a59c;
    --accent: #f0b75c; --mark: #3a3016;
    --get: #5ccdb8; --post: #f0b75c; --good: #85cf8d; --bad: #f29a80; --fault: #f29a80;
    --key: #f0b75c; --string: #9ad6a0; --literal: #92bdf6;
  }
}
*, ::before, ::after { box-sizing: border-box; }
html { scroll-padding-top: 1rem; -webkit-text-size-adjust: 100%; }
body {
  margin: 0; background: var(--paper); color: var(--ink);
  font: 1rem/1.6 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif;
  overflow-wrap: break-word;
}
a { color: var(--accent); text-underline-offset: 0.15em; text-decoration-thickness: 0.06em; }
a:hover { text-decoration-thickness: 0.12em; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 3px; }
code, pre { font-family: var(--mono); font-size: 0.875em; }
pre code { font-size: inherit; }
.skip { position: absolute; left: -99rem; padding: 0.5rem 1rem; background: var(--panel); }
.skip:focus { left: 1rem; top: 1rem; z-index: 1; }

nav { padding: 0.25rem 1.25rem 1.25rem; background: var(--panel); border: solid var(--line); border-width: 1px 0; font-size: 0.875rem; }
nav h2 { margin: 1rem 0 0.25rem; font-size: 0.75rem; letter-spacing: 0.06em; text-transform: uppercase; color: var(--soft); }
nav h2 a { color: inherit; text-decoration: none; }
nav ul { list-style: none; margin: 0; padding: 0; }
nav li a { display: flex; gap: 0.5rem; align-items: baseline; padding: 0.2rem 0; text-decoration: none; color: var(--ink); }
nav li a:hover { color: var(--accent); }
nav .method { min-width: 2.9rem; font-size: 0.6875rem; }

header { max-width: 54rem; padding: 1.5rem 1.25rem; }
main { max-width: 54rem; padding: 0 1.25rem 6rem; }
h1, h2, h3, h4 { line-height: 1.25; }
h1 { margin: 0; font-size: 2.25rem; letter-spacing: -0.02em; }
h1 small { font-size: 0.875rem; font-weight: 400; letter-spacing: 0; color: var(--soft); }
main h2 { margin: 3rem 0 0.25rem; padding-top: 1rem; border-top: 3px solid var(--ink); font-size: 1.625rem; letter-spacing: -0.01em; }
h3 { margin: 0; font-size: 1.125rem; font-weight: 600; }
h4 { margin: 1.5rem 0 0.5rem; font-size: 0.8125rem; letter-spacing: 0.06em; text-transform: uppercase; color: var(--soft); }
p { margin: 0.5rem 0; max-width: 46rem; }
.summary { font-size: 1.125rem; color: var(--soft); }
.operation { margin: 2rem 0 3rem; padding-top: 1.5rem; border-top: 1px solid var(--line); }
.operation .summary { margin-top: 0.5rem; color: var(--ink); }
h3 .path { font-size: 1.0625rem; overflow-wrap: anywhere; }
.anchor { color: var(--soft); text-decoration: none; opacity: 0.5; }
h3:hover .anchor, .anchor:focus { opacity: 1; }

.method, .status {
  display: inline-block; padding: 0.05em 0.5em; border: 1px solid currentColor; border-radius: 4px;
  font: 600 0.75rem/1.5 var(--mono); text-align: center; vertical-align: 0.1em;
}
.get { color: var(--get); }
.post, .put { color: var(--post); }
.s2 { color: var(--good); }
.s4 { color: var(--bad); }
.s5 { color: var(--fault); }

pre { margin: 0.25rem 0; padding: 0.75rem 1rem; overflow-x: auto; font-size: 0.8125rem; background: var(--panel); border: 1px solid var(--line); border-radius: 6px; line-height: 1.5; tab-size: 2; }
:not(pre) > code { padding: 0.1em 0.3em; background: var(--panel); border-radius: 4px; overflow-wrap: anywhere; }
h3 > code, th > code, dt > code, .errors code { padding: 0; background: none; }
figure { margin: 1rem 0; }
.languages { margin: 0; padding: 0; border: 0; }
.languages legend { padding: 0; color: var(--soft); }
.languages label { display: inline-flex; gap: 0.375rem; align-items: center; min-height: 1.75rem; margin-right: 1rem; }
.languages input { margin: 0; accent-color: var(--accent); }
${LANGUAGE_STYLE}
figcaption { font-size: 0.875rem; color: var(--soft); }
.key { color: var(--key); }
.string { color: var(--string); }
.literal { color: var(--literal); }
details { margin: 0.5rem 0; }
summary { cursor: pointer; font-size: 0.875rem; color: var(--soft); }
summary:hover { color: var(--accent); }

dl { margin: 0.5rem 0; }
dd { margin: 0; }
.members > div { padding: 0.5rem 0; border-top: 1px solid var(--line); }
.members dt code { font-weight: 600; }
.members dd { font-size: 0.9375rem; max-width: 46rem; }
.type { font-size: 0.875rem; color: var(--soft); }
.note, .todo { font-size: 0.875rem; color: var(--soft); }
.errors > div { display: flex; gap: 0.75rem; padding: 0.25rem 0; align-items: baseline; }
.errors a { margin-right: 0.5rem; }
.content { margin: 0.5rem 0; padding: 0; list-style: none; }
.content li { padding: 0.15rem 0; }
.answer { margin: 0.75rem 0; }

.scroll { overflow-x: auto; }
table { width: 100%; border-collapse: collapse; font-size: 0.9375rem; }
th, td { padding: 0.5rem 1rem 0.5rem 0; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; }
th > code { white-space: nowrap; }
thead th { font-size: 0.8125rem; color: var(--soft); white-space: nowrap; }
.number { font-variant-numeric: tabular-nums; }
.todo { display: block; }
.schema { padding: 1.25rem 0; }
:target { background: var(--mark); box-shadow: 0 0 0 0.5rem var(--mark); border-radius: 2px; }
tr:target { box-shadow: none; }
h2:target { background: none; box-shadow: none; }

@media (min-width: 60rem) {
  body { display: grid; grid-template: "nav header" auto "nav main" 1fr / 19rem minmax(0, 1fr); }
  header { grid-area: header; padding: 2rem 3rem 0; }
  nav { grid-area: nav; position: sticky; top: 0; height: 100vh; overflow-y: auto; padding: 1.5rem 1.25rem; border-width: 0 1px 0 0; }
  main { grid-area: main; padding: 0 3rem 8rem; }
}
@media (max-width: 40rem) {
  thead { display: none; }
  table, tbody { display: block; }
  tr { display: grid; grid-template-columns: 1fr auto auto; gap: 0 0.75rem; padding: 0.75rem 0; border-bottom: 1px solid var(--line); }
  th, td { padding: 0; border: 0; }
  td:last-child { grid-column: 1 / -1; }
}
@media print { nav, .skip, .anchor { display: none; } }
`;
