/** What is made once and answered from memory: the interface for tools and to read, and the page to try it. */
import type { Exchange } from '../http/exchange.ts';
import { openApiDocument } from './openapi/build.ts';
import { DOCS_CSP, docsPage } from './docs.ts';
import { homePage, type HomeFacts } from './home/page.ts';

/** They change with the version of the server only, but nobody wants to wait long for the new one. */
const CACHE_CONTROL = ['cache-control', 'public, max-age=300'] as const;

/** Handlers of the routes `openapi`, `docs` and `home`. */
export function documentHandlers(
  facts: HomeFacts,
): Record<'openapi' | 'docs' | 'home', (exchange: Exchange) => void> {
  const document = openApiDocument(facts.version);
  const text = JSON.stringify(document);
  const docs = docsPage(document);
  const home = homePage(facts);
  return {
    openapi: (exchange) => openapi(exchange, text),
    docs: (exchange) => page(exchange, docs, DOCS_CSP),
    home: (exchange) => page(exchange, home.text, home.policy),
  };
}

function openapi(exchange: Exchange, text: string): void {
  exchange.answer({ contentType: 'application/json', body: text, headers: [CACHE_CONTROL] });
}

/** `csp`: the policy that the page was made for. */
function page(exchange: Exchange, text: string, csp: string): void {
  const headers = [
    CACHE_CONTROL,
    ['content-security-policy', csp],
    ['referrer-policy', 'no-referrer'],
  ] as const;
  exchange.answer({ contentType: 'text/html; charset=utf-8', body: text, headers });
}
