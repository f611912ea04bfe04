import t from 'tap';
import type { Answer, Exchange } from '../../../src/http/exchange.ts';
import { documentHandlers } from '../../../src/http/handlers/documents.ts';
import { DOCS_CSP } from '../../../src/http/page/docs.ts';

const handlers = documentHandlers('1.2.3');

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

t.test('the page comes with its policy, and tells other sites nothing', async (t) => {
  const { contentType, body, headers } = answerOf(handlers.docs);
  t.equal(contentType, 'text/html; charset=utf-8');
  t.match(body, '1.2.3');
  t.equal(new Map(headers).get('content-security-policy'), DOCS_CSP);
  t.equal(new Map(headers).get('referrer-policy'), 'no-referrer');
});
