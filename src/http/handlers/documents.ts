/** What is made once and answered from memory: the interface for tools and to read, and the page to try it. */
import type { Exchange } from '../exchange.ts';
import { openApiDocument } from '../openapi/build.ts';
import { DOCS_CSP, docsPage } from '../page/docs.ts';
import { homePage, type HomeFacts } from '../page/home/page.ts';

/** They change with the version of the server only, but nobody wants to wait long for the new one. */
const CACHE_CONTROL = ['cache-control', 'public, max-age=300'] as const;

/** Handlers of the routes `openapi` and `docs`. `version`: that of the server. */
export function documentHandlers(version: string): Record<'openapi' | 'docs', (exchange: Exchange) => void> {
  const document = openApiDocument(version);
  const text = JSON.stringify(document);
  const docs = docsPage(document);
  return {
    openapi: (exchange) => openapi(exchange, text),
    docs: (exchange) => page(exchange, docs, DOCS_CSP),
  };
}

/** Handler of the route `home`. */
export function homeHandler(facts: HomeFacts): (exchange: Exchange) => void {
  const { text, policy } = homePage(facts);
  return (exchange) => page(exchange, text, policy);
}

export function openapi(exchange: Exchange, text: string): void {
  exchange.answer({ contentType: 'application/json', body: text, headers: [CACHE_CONTROL] });
}

/** `csp`: the policy that the page was made for. */
export function page(exchange: Exchange, text: string, csp: string): void {
  const headers = [
    CACHE_CONTROL,
    ['content-security-policy', csp],
    ['referrer-policy', 'no-referrer'],
  ] as const;
  exchange.answer({ contentType: 'text/html; charset=utf-8', body: text, headers });
}
