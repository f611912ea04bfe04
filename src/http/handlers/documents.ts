/** The interface as a document for tools and as a page for people. Made once, answered from memory. */
import type { Exchange } from '../exchange.ts';
import { openApiDocument } from '../openapi/build.ts';
import { DOCS_CSP, docsPage } from '../page/docs.ts';

/** They change with the version of the server only, but nobody wants to wait long for the new one. */
const CACHE_CONTROL = ['cache-control', 'public, max-age=300'] as const;

/** Handlers of the routes `openapi` and `docs`. `version`: that of the server. */
export function documentHandlers(version: string): Record<'openapi' | 'docs', (exchange: Exchange) => void> {
  const document = openApiDocument(version);
  const text = JSON.stringify(document);
  const page = docsPage(document);
  return {
    openapi: (exchange) => openapi(exchange, text),
    docs: (exchange) => docs(exchange, page, DOCS_CSP),
  };
}

export function openapi(exchange: Exchange, text: string): void {
  exchange.answer({ contentType: 'application/json', body: text, headers: [CACHE_CONTROL] });
}

/** `csp`: the policy that the page was made for. */
export function docs(exchange: Exchange, page: string, csp: string): void {
  const headers = [
    CACHE_CONTROL,
    ['content-security-policy', csp],
    ['referrer-policy', 'no-referrer'],
  ] as const;
  exchange.answer({ contentType: 'text/html; charset=utf-8', body: page, headers });
}
