import t from 'tap';
import type { Answer, Exchange } from '../../src/http/exchange.ts';
import { documentHandlers } from '../../src/site/documents.ts';
import { DOCS_CSP } from '../../src/site/docs.ts';
import { homePage } from '../../src/site/home/page.ts';

const facts = { version: '1.2.3', maxBodyBytes: 1024 };
const handlers = documentHandlers(facts);

function answerOf(handle: (exchange: Exchange) => void): Answer {
  const answers: Answer[] = [];
  handle({ answer: (answer: Answer) => answers.push(answer) } as unknown as Exchange);
  return answers[0]!;
}

t.test('the document is JSON, names the version, and may be kept for a while', async (t) => {
  const { contentType, body, headers } = answerOf(handlers.openapi);
  t.equal(contentType, 'application/json');
  t.match(JSON.parse(String(body)), { openapi: '3.1.0', info: { version: '1.2.3' } });
  t.match(new Map(headers).get('cache-control'), /max-age=\d+/);
});

const { policy } = homePage(facts);
for (const [name, csp] of [
  ['docs', DOCS_CSP],
  ['home', policy],
] as const) {
  t.test(`the page of the route ${name} comes with its policy, and tells other sites nothing`, async (t) => {
    const { contentType, body, headers } = answerOf(handlers[name]);
    t.equal(contentType, 'text/html; charset=utf-8');
    t.match(body, '1.2.3');
    t.equal(new Map(headers).get('content-security-policy'), csp);
    t.equal(new Map(headers).get('referrer-policy'), 'no-referrer');
  });
}
