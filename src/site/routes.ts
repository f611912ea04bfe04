/** The routes of the documents and of the pages at / and /quality. */
import type { Exchange } from '../http/exchange.ts';
import { ALWAYS, type Contents } from '../protocol/description.ts';
import type { DescribedRoute, RouteSet } from '../protocol/route-set.ts';
import type { Documents, Page } from './documents.ts';

type DocumentRoute = DescribedRoute<{ readonly documents: Documents }>;

/** They change with the version of the server only, but a new one is not to be hidden by a cache for long. */
const CACHE_CONTROL = ['cache-control', 'public, max-age=300'] as const;

/** What they have in common. */
const DOCUMENT = { method: 'GET', quiet: true, access: 'page', tag: 'Documents', errors: ALWAYS } as const;

const answer = (description: string, contents: Contents): DocumentRoute['answers'] => ({
  200: { description, contents },
});

const openApiRoute: DocumentRoute = {
  ...DOCUMENT,
  pattern: '/openapi.json',
  summary: 'This API as an OpenAPI document',
  description: 'To generate clients from. OpenAPI 3.1.',
  answers: answer('The document.', { 'application/json': {} }),
  samples: [{ label: 'Save it', path: '/openapi.json', saveAs: 'openapi.json' }],
  handle: async (exchange, { documents }) => {
    const body = await documents.openApi();
    if (!exchange.ended) exchange.answer({ contentType: 'application/json', body, headers: [CACHE_CONTROL] });
  },
};

const docsRoute: DocumentRoute = {
  ...DOCUMENT,
  pattern: '/docs',
  summary: 'This API as a page to read',
  description: 'Made from the document above on the server: no scripts, and nothing from elsewhere.',
  answers: answer('The page.', { 'text/html': {} }),
  samples: [{ label: 'Save it', path: '/docs', saveAs: 'docs.html' }],
  handle: (exchange, { documents }) => showPage(exchange, documents.docs),
};

const homeRoute: DocumentRoute = {
  ...DOCUMENT,
  pattern: '/',
  summary: 'A page to try the models of the server',
  description:
    'Open it in a browser: drop a photograph, or send rows, and see what the model answers, where the time went, and what the server does meanwhile. It takes nothing from elsewhere.',
  answers: answer('The page.', { 'text/html': {} }),
  samples: [{ label: 'Save it', path: '/', saveAs: 'ortolan.html' }],
  handle: (exchange, { documents }) => showPage(exchange, documents.home),
};

const qualityRoute: DocumentRoute = {
  ...DOCUMENT,
  pattern: '/quality',
  summary: 'A page that shows how good the models are',
  description:
    'Open it in a browser: how often each version was right by what callers have said of its answers, how far its probabilities can be trusted, which classes it takes for which, and how far its inputs have drifted. It takes nothing from elsewhere.',
  answers: answer('The page.', { 'text/html': {} }),
  samples: [{ label: 'Save it', path: '/quality', saveAs: 'quality.html' }],
  handle: (exchange, { documents }) => showPage(exchange, documents.quality),
};

export const SITE = {
  tags: { Documents: 'This API for tools and for people, and pages to try it and to watch it.' },
  routes: { openapi: openApiRoute, docs: docsRoute, home: homeRoute, quality: qualityRoute },
} satisfies RouteSet<never>;

async function showPage(exchange: Exchange, page: () => Promise<Page>): Promise<void> {
  const { text, policy } = await page();
  if (exchange.ended) return;
  const headers = [
    CACHE_CONTROL,
    ['content-security-policy', policy],
    ['referrer-policy', 'no-referrer'],
  ] as const;
  exchange.answer({ contentType: 'text/html; charset=utf-8', body: text, headers });
}
