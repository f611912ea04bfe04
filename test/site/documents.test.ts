import t from 'tap';
import type { Answer } from '../../src/http/answer/answer.ts';
import type { Exchange } from '../../src/http/exchange.ts';
import { ROUTE_SETS } from '../../src/root/routes.ts';
import { documentsOf } from '../../src/site/documents.ts';
import { docsPage, DOCS_CSP } from '../../src/site/docs.ts';
import { homePage } from '../../src/site/home/page.ts';
import { qualityPage } from '../../src/site/quality/page.ts';
import { openApiDocument } from '../../src/site/openapi/build.ts';
import { SITE } from '../../src/site/routes.ts';

const facts = { version: '1.2.3', maxBodyBytes: 1024 };
const documents = documentsOf(ROUTE_SETS, facts);

async function answerOf(name: keyof typeof SITE.routes, ended = false): Promise<Answer | undefined> {
  const answers: Answer[] = [];
  const exchange = { ended, answer: (answer: Answer) => answers.push(answer) } as unknown as Exchange;
  await SITE.routes[name].handle(exchange, { documents });
  return answers[0];
}

t.test('the document is JSON, names the version, and may be cached', async (t) => {
  const { contentType, body, headers } = (await answerOf('openapi'))!;
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
    const { contentType, body, headers } = (await answerOf(name))!;
    t.equal(contentType, 'text/html; charset=utf-8');
    t.match(body, '1.2.3');
    t.equal(new Map(headers).get('content-security-policy'), csp);
    t.equal(new Map(headers).get('referrer-policy'), 'no-referrer');
  });
}

t.test('each is made once, however many ask for it meanwhile', async (t) => {
  const [one, other] = await Promise.all([documents.docs(), documents.docs()]);
  t.equal(one, other);
  t.equal(await documents.docs(), one);
});

t.test('made in slices or at once, a document is the same', async (t) => {
  t.equal(await documents.openApi(), JSON.stringify(openApiDocument(facts.version, ROUTE_SETS)));
  t.equal((await documents.docs()).text, docsPage(openApiDocument(facts.version, ROUTE_SETS)));
});

t.test('other work of the thread is done while a page is made', async (t) => {
  let turns = 0;
  let making = true;
  const count = (): void => {
    turns++;
    if (making) setImmediate(count);
  };
  setImmediate(count);
  await documentsOf(ROUTE_SETS, facts).docs();
  making = false;
  t.ok(turns > 50, `${turns} turns`);
});

t.test('a client that has left meanwhile is not answered', async (t) => {
  for (const name of ['openapi', 'docs', 'home', 'quality'] as const) {
    t.equal(await answerOf(name, true), undefined, name);
  }
});

t.test('a document that could not be made is made anew for the next request', async (t) => {
  let broken = true;
  const sets = new Proxy(ROUTE_SETS, {
    get(target, key, receiver) {
      if (broken && key === 'flatMap') throw new Error('a part is missing');
      return Reflect.get(target, key, receiver) as unknown;
    },
  });
  const made = documentsOf(sets, facts);
  await t.rejects(made.openApi(), { message: 'a part is missing' });
  broken = false;
  t.match(JSON.parse(await made.openApi()), { openapi: '3.1.0' });
});
