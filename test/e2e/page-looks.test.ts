/** The page at / by keyboard, on a phone, in both colour schemes and with a screen reader. In a real browser. */
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import t from 'tap';
import { PHOTOS, startServer } from '../support/start-server.ts';
import { closeBrowser, NO_BROWSER as skip, shown, visit } from './fixtures/browser.ts';
import { photograph } from './fixtures/photographs.ts';

t.teardown(closeBrowser);

t.test('the page', { skip }, async (t) => {
  const { port } = await startServer(t);

  t.test('works by keyboard alone', async (t) => {
    const { page, complaints } = await visit(t, port, { permissions: ['clipboard-read', 'clipboard-write'] });
    const stops = await tabStops(page, 24);
    for (const stop of ['#file', 'cat', '#count', 'Image URL']) t.ok(stops.includes(stop), stop);
    await focusOn(page, 'cat');
    await page.keyboard.press('Enter');
    await shown(page, 'answer');
    await focusOn(page, '#copy');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Copied' }).waitFor();
    const copied = await page.evaluate('navigator.clipboard.readText()');
    t.equal(copied, await page.locator('#command').innerText());
    t.strictSame(complaints, []);
  });

  t.test('shows where the focus is, at every stop', async (t) => {
    const { page } = await visit(t, port);
    await page.setInputFiles('#file', join(PHOTOS, 'cat.jpg'));
    await shown(page, 'answer');
    await page.evaluate('document.activeElement.blur()');
    const invisible: string[] = [];
    let stops = 0;
    for (;;) {
      await page.keyboard.press('Tab');
      // The file input is hidden, and its frame shows the focus. After the last stop the focus leaves the page.
      const [name, outline] = (await page.evaluate(`(() => {
        const at = document.activeElement;
        const seen = at.id === 'file' ? at.nextElementSibling : at;
        return [at === document.body ? '' : at.id || at.textContent.trim(), getComputedStyle(seen).outlineStyle];
      })()`)) as [string, string];
      if (name === '') break;
      stops++;
      if (outline === 'none') invisible.push(name);
    }
    t.ok(stops > 12, `${stops} stops`);
    t.strictSame(invisible, []);
  });

  t.test('announces the answer and errors to a screen reader', async (t) => {
    const { page } = await visit(t, port);
    await page.setInputFiles('#file', join(PHOTOS, 'cat.jpg'));
    await shown(page, 'answer');
    t.match(
      await page.getByRole('status').first().textContent(),
      /^Answer: tiger cat, \d+\.\d %; Egyptian cat/,
    );
    await page.setInputFiles('#file', { name: 'a', mimeType: '', buffer: Buffer.from('no image') });
    await shown(page, 'problem');
    t.match(await page.getByRole('alert').innerText(), 'NOT_AN_IMAGE');
    for (const role of ['banner', 'navigation', 'main', 'complementary'] as const) {
      t.equal(await page.getByRole(role).count(), 1, role);
    }
  });

  for (const colorScheme of ['light', 'dark'] as const) {
    t.test(`is readable in the ${colorScheme} colour scheme`, async (t) => {
      const { page } = await visit(t, port, { colorScheme });
      await page.locator('#pulse.live').waitFor();
      t.strictSame(await faint(page), [], 'empty');
      t.equal((await paper(page)) > 0.5, colorScheme === 'light');
      await page.getByRole('button', { name: 'cat', exact: true }).click();
      await shown(page, 'answer');
      t.strictSame(await faint(page), [], 'answer');
      await page.setInputFiles('#file', { name: 'a', mimeType: '', buffer: Buffer.from('no image') });
      await shown(page, 'problem');
      t.strictSame(await faint(page), [], 'problem');
    });
  }

  for (const width of [320, 360, 768]) {
    t.test(`fits a screen of ${width} pixels`, async (t) => {
      const { page } = await visit(t, port, { viewport: { width, height: 740 }, hasTouch: true });
      const overhang = () => page.evaluate('document.documentElement.scrollWidth - innerWidth');
      t.equal(await overhang(), 0, 'empty');
      const name = `${'a-very-long-name-'.repeat(8)}.jpg`;
      const buffer = photograph('cat.jpg');
      await page.setInputFiles('#file', { name, mimeType: 'image/jpeg', buffer });
      await shown(page, 'answer');
      t.equal(await overhang(), 0, 'answer');
      await page.setInputFiles('#file', { name, mimeType: '', buffer: Buffer.from('no image') });
      await shown(page, 'problem');
      t.equal(await overhang(), 0, 'problem');
    });
  }

  t.test('has no animation when reduced motion is preferred', async (t) => {
    const { page } = await visit(t, port, { reducedMotion: 'reduce' });
    const moving = await page.evaluate(
      `getComputedStyle(document.querySelector('.working'), '::before').animationName`,
    );
    t.equal(moving, 'none');
  });
});

/** Names of the elements that the next presses of Tab focus. */
async function tabStops(page: Page, presses: number): Promise<string[]> {
  const stops: string[] = [];
  for (let i = 0; i < presses; i++) {
    await page.keyboard.press('Tab');
    stops.push(await focused(page));
  }
  return stops;
}

/** Presses Tab until the focus is there. */
async function focusOn(page: Page, stop: string): Promise<void> {
  while ((await focused(page)) !== stop) await page.keyboard.press('Tab');
}

/** The id of the focused element, else its text. */
const focused = async (page: Page): Promise<string> =>
  (await page.evaluate(
    `(({ id, textContent }) => (id === '' ? textContent.trim() : '#' + id))(document.activeElement)`,
  )) as string;

/** Luminance of the background, by WCAG. */
const paper = async (page: Page): Promise<number> =>
  (await page.evaluate(
    `(() => { ${LUMINANCE} return luminance(getComputedStyle(document.body).backgroundColor); })()`,
  )) as number;

/** Visible texts whose contrast is below WCAG 2.2 AA. */
const faint = async (page: Page): Promise<unknown> =>
  page.evaluate(`(() => {
    ${LUMINANCE}
    const backgroundOf = (element) => {
      const { backgroundColor } = getComputedStyle(element);
      return /^rgba.*, 0\\)$/.test(backgroundColor) && element.parentElement
        ? backgroundOf(element.parentElement) : backgroundColor;
    };
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const found = [];
    while (walker.nextNode()) {
      const { textContent, parentElement } = walker.currentNode;
      if (textContent.trim() === '' || !parentElement.checkVisibility() || parentElement.closest('script, .away, select')) continue;
      const { color, fontSize } = getComputedStyle(parentElement);
      const [light, dark] = [luminance(color), luminance(backgroundOf(parentElement))].toSorted((a, b) => b - a);
      const ratio = (light + 0.05) / (dark + 0.05);
      if (ratio < (parseFloat(fontSize) >= 24 ? 3 : 4.5)) found.push([textContent.trim(), ratio]);
    }
    return found;
  })()`);

/** Of a colour as getComputedStyle writes it. Source text: it runs in the page. */
const LUMINANCE = `
  function luminance(colour) {
    const [red, green, blue] = colour.match(/[\\d.]+/g).slice(0, 3).map((part) => {
      const share = Number(part) / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  }`;
