import t from 'tap';
import { footprint, growth } from '../../../src/serving/memory/footprint.ts';

t.test('what is mapped in several places counts once', async (t) => {
  const before = { own: 100, mapped: 50 };
  t.equal(growth(before, { own: 110, mapped: 80 }, 3), 20);
  t.equal(growth(before, { own: 100, mapped: 51 }, 3), 0, 'whole bytes');
});

t.test('the memory of the process is its own and that of mapped files', async (t) => {
  const { own, mapped } = footprint();
  const { rss } = process.memoryUsage();
  t.ok(own > 1e6);
  t.ok(Math.abs(own + mapped - rss) < 0.5 * rss, `${own} and ${mapped} of ${rss}`);
});
