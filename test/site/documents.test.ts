import t from 'tap';
import type { Answer } from '../../src/http/answer/answer.ts';
import type { Exchange } from '../../src/http/exchange.ts';
import { ROUTE_SETS } from '../../src/root/routes.ts';
import { documentsOf } from '../../src/site/documents.ts';
import { DOCS_CSP } from '../../src/site/docs.ts';
import { homePage } from '../../src/site/home/page.ts';
import { qualityPage } from '../../src/site/quality/page.ts';
import { openApiDocument } from '../../src/site/openapi/build.ts';
import { SITE } from '../../src/site/routes.ts';

const facts = { version: '1.2.3', maxBodyBytes: 1024 };
const documents = documentsOf(openApiDocument(facts.version, ROUTE_SETS), facts);

function answerOf(name: keyof typeof SITE.routes): Answer {
  const answers: Answer[] = [];
  const exchange = { answer: (answer: Answer) => answers.push(answer) } as unknown as Exchange;
  void SITE.routes[name].handle(exchange, { documents });
  return answers[0]!;
}

t.test('the document is JSON, names the version, and may be cached', async (t) => {
  const { contentType, body, headers } = answerOf('openapi');
  t.equal(contentType, 'application/json');
  t.match(JSON.parse(String(body)), { openapi: '3.1.0', info: { version: '1.2.3' } });
  t.match(new Map(headers).get('cache-control'), /max-age=\d+/);
});

const { policy } = homePage(facts);
for (const [name, csp] of [
  ['docs', DOCS_CSP],
  ['home', policy],
  ['quality', qualityPage(facts).policy],
] as const) {
  t.test(`the page of the route ${name} has its security policy and sends no referrer`, async (t) => {
    const { contentType, body, headers } = answerOf(name);
    t.equal(contentType, 'text/html; charset=utf-8');
    t.match(body, '1.2.3');
    t.equal(new Map(headers).get('content-security-policy'), csp);
    t.equal(new Map(headers).get('referrer-policy'), 'no-referrer');
  });
}
