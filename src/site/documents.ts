/** What is made once at start and answered from memory: the OpenAPI document and the pages at /docs, / and /quality. */
import { docsPage, DOCS_CSP } from './docs.ts';
import { homePage, type HomeFacts, type HomePage } from './home/page.ts';
import { qualityPage } from './quality/page.ts';
import type { OpenApiDocument } from './openapi/document.ts';

export interface Documents {
  /** The OpenAPI document as JSON. */
  readonly openApi: string;
  readonly docs: Page;
  readonly home: Page;
  readonly quality: Page;
}

/** HTML, with the policy that it was made for. */
export type Page = HomePage;

/** Reads the parts of the pages from the disk. @throws when one is missing */
export const documentsOf = (document: OpenApiDocument, facts: HomeFacts): Documents => ({
  openApi: JSON.stringify(document),
  docs: { text: docsPage(document), policy: DOCS_CSP },
  home: homePage(facts),
  quality: qualityPage(facts),
});
