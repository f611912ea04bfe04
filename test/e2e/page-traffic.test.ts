/** What the page at / shows of the traffic of a model. In a real browser. */
import t from 'tap';
import { post, until } from '../support/http-client.ts';
import { closeBrowser, NO_BROWSER as skip, textsOf, visit } from './fixtures/browser.ts';
import { photograph } from './fixtures/photographs.ts';
import { put, shown, startBox } from './fixtures/traffic.ts';

t.teardown(closeBrowser);

const BOX = 'efficientnet-lite0';

t.test('the page', { skip }, async (t) => {
  const { port } = await startBox(t);

  t.test('says nothing of traffic that goes to one version', async (t) => {
    const { page } = await visit(t, port);
    await page.locator('#pulse.live').waitFor();
    t.equal(await page.locator('#traffic').isVisible(), false);
  });

  t.test('shows the split, and how the shadow compares', async (t) => {
    await put(port, BOX, { split: { '1': 90, int8: 10 }, sticky: 'header:x-user-id', shadow: 'int8' });
    for (const user of ['a', 'b', 'c']) {
      await post(port, '/v1/predict', photograph('cat.jpg'), { 'x-user-id': user });
      await until(async () => (await shown(port, BOX)).comparison[0] !== undefined);
    }
    const { page, complaints } = await visit(t, port);
    await page.locator('#traffic').waitFor({ state: 'visible' });
    t.match(await textsOf(page, '.share'), [
      /^version 1 \(baseline\)\s+90\.0 %/,
      /^version 2, int8\s+10\.0 %/,
    ]);
    t.match(await page.locator('#findings').innerText(), /^1 and 2 agreed on 100\.0 % of \d inputs? \(/);
    t.strictSame(complaints, []);
  });
});
