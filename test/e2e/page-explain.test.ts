/** The explanation on the page at /: the button, the map over the photograph, what it says. In a real browser. */
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import t from 'tap';
import { send } from '../support/http-client.ts';
import { PHOTOS, startServer } from '../support/start-server.ts';
import { closeBrowser, NO_BROWSER as skip, shown, visit } from './fixtures/browser.ts';

// An explanation runs fifty rows, on a machine that runs other tests beside it.
t.setTimeout(0);
t.teardown(closeBrowser);

const button = (page: Page) => page.getByRole('button', { name: 'Where does it see that?' });

t.test('a server that explains', { skip }, async (t) => {
  const { port } = await startServer(t, { options: { explainRows: 49 } });

  for (const [name, options] of [
    ['light', { colorScheme: 'light' }],
    ['dark', { colorScheme: 'dark' }],
    ['narrow', { viewport: { width: 360, height: 740 } }],
  ] as const) {
    t.test(`${name}: lays the map over the part of the photograph that the model sees`, async (t) => {
      const { page, complaints } = await visit(t, port, options);
      await page.setInputFiles('#file', join(PHOTOS, 'cat.jpg'));
      await shown(page, 'answer');
      await button(page).click();
      const map = page.locator('.lens canvas');
      await map.waitFor();
      const [picture, over] = [(await page.locator('#preview').boundingBox())!, (await map.boundingBox())!];
      const side = 0.875 * Math.min(picture.width, picture.height);
      t.ok(Math.abs(over.width - side) < 1.5 && Math.abs(over.height - side) < 1.5, 'it is as large');
      const middleOf = ({ x, y, width, height }: typeof over) => [x + width / 2, y + height / 2] as const;
      const [[x, y], [left, top]] = [middleOf(over), middleOf(picture)];
      t.ok(Math.hypot(x - left, y - top) < 1.5, 'and in the middle');
      t.match(
        await map.getAttribute('aria-label'),
        /grid of 7 by 7; the strongest cell is in line \d, column \d/,
      );
      t.match(
        await page.locator('.lens ~ p').innerText(),
        /^Orange speaks for tiger cat.* not 3\d\.\d %\..*49 copies/,
      );
      t.strictSame(complaints, []);
      const folder = process.env['SCREENSHOTS'];
      if (folder !== undefined)
        await page.screenshot({ path: join(folder, `explain-${name}.png`), fullPage: true });
    });
  }

  t.test('forgets it with the next photograph', async (t) => {
    const { page } = await visit(t, port);
    await page.setInputFiles('#file', join(PHOTOS, 'cat.jpg'));
    await shown(page, 'answer');
    await button(page).click();
    await page.locator('.lens canvas').waitFor();
    await page.setInputFiles('#file', join(PHOTOS, 'coffee.jpg'));
    await button(page).waitFor();
    t.notOk(await page.locator('.lens canvas').isVisible());
  });
});

t.test(
  'where traffic is split, the version that has answered is the one that is explained',
  { skip },
  async (t) => {
    const { port } = await startServer(t, {
      options: { sloP99Ms: 25_000, explainRows: 9, trafficRoutes: 'loopback' },
    });
    const split = await send(port, {
      method: 'PUT',
      path: '/v1/models/efficientnet-lite0/traffic',
      body: Buffer.from(JSON.stringify({ split: { 1: 50, 2: 50 } })),
      headers: { 'content-type': 'application/json' },
    });
    t.equal(split.status, 200, split.body.toString());
    const { page } = await visit(t, port);
    const asked: string[] = [];
    page.on('request', (request) => {
      if (request.url().includes('explain=')) asked.push(new URL(request.url()).pathname);
    });
    await page.setInputFiles('#file', join(PHOTOS, 'cat.jpg'));
    await shown(page, 'answer');
    const [, version] = /version (\d)$/.exec(await page.locator('#by').innerText())!;
    await button(page).click();
    await page.locator('.lens canvas').waitFor();
    t.strictSame(asked, [`/v1/models/efficientnet-lite0/versions/${version}/predict`]);
  },
);

t.test('a server that does not explain offers nothing', { skip }, async (t) => {
  const { port } = await startServer(t);
  const { page } = await visit(t, port);
  await page.setInputFiles('#file', join(PHOTOS, 'cat.jpg'));
  await shown(page, 'answer');
  t.equal(await button(page).count(), 0);
});
