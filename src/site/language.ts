/** The language of the sample requests: chosen once for the page, by radio buttons and the style sheet, without a script. */
import { html, type Html } from './html.ts';
import type { OperationObject } from './openapi/document.ts';

type CodeSamples = OperationObject['x-codeSamples'];

/** By the name that the document has: what people call it, and how the page names it in ids and classes. */
const LANGUAGES: Readonly<Record<string, { readonly name: string; readonly id: string }>> = {
  Shell: { name: 'curl', id: 'curl' },
  Python: { name: 'Python', id: 'python' },
  JavaScript: { name: 'JavaScript', id: 'js' },
};

export const languageChoice: Html = html`<fieldset class="languages">
  <legend>Show requests as</legend>
  ${Object.values(LANGUAGES).map(
    ({ id, name }, i) =>
      html`<label
        ><input type="radio" name="language" id="language-${id}" ${i === 0 ? html`checked` : undefined} />
        ${name}</label
      > `,
  )}
</fieldset>`;

/** Shows the code of one language only. A browser without :has() shows all of them. */
export const LANGUAGE_STYLE = Object.values(LANGUAGES)
  .map(({ id }) => `body:has(#language-${id}:checked) figure pre:not(.${id}) { display: none; }\n`)
  .join('');

/** A sample request in every language. */
export const sampleFigure = (samples: CodeSamples): Html =>
  html`<figure>
    <figcaption>${samples[0]?.label}</figcaption>
    ${samples.map(code)}
  </figure> `;

function code({ lang, source }: CodeSamples[number]): Html {
  const { id, name } = LANGUAGES[lang] ?? { id: 'other', name: lang };
  return html`<pre
    class="${id}"
    tabindex="0"
    role="group"
    aria-label="${name}"
  ><code>${source}</code></pre> `;
}
