/**
 * The OpenAPI document and the pages at /docs, / and /quality: made when they are first asked for, and answered from memory from then
 * on. Most servers are never asked, and no start waits for them. The long ones are made in slices, between which others are served.
 */
import type { HomeFacts, HomePage } from './home/page.ts';
import type { RouteSet } from '../protocol/route-set.ts';
import { inSlices } from '../slices.ts';

/** Each rejects where a part of it is missing on the disk, and is tried again. */
export interface Documents {
  /** The OpenAPI document as JSON. */
  readonly openApi: () => Promise<string>;
  readonly docs: () => Promise<Page>;
  readonly home: () => Promise<Page>;
  readonly quality: () => Promise<Page>;
}

/** HTML, with the policy that it was made for. */
export type Page = HomePage;

export function documentsOf(sets: readonly RouteSet<never>[], facts: HomeFacts): Documents {
  const document = kept(async () => {
    const { openApiSlices } = await import('./openapi/build.ts');
    return inSlices(openApiSlices(facts.version, sets));
  });
  return {
    openApi: kept(async () => JSON.stringify(await document())),
    docs: kept(async () => {
      const { docsSlices, DOCS_CSP } = await import('./docs.ts');
      return { text: await inSlices(docsSlices(await document())), policy: DOCS_CSP };
    }),
    home: kept(async () => (await import('./home/page.ts')).homePage(facts)),
    quality: kept(async () => (await import('./quality/page.ts')).qualityPage(facts)),
  };
}

/** Makes it once, however many ask meanwhile. What failed is made anew. */
function kept<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make().catch((error: unknown) => {
      made = undefined;
      throw error;
    });
    return made;
  };
}
