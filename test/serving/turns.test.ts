import t from 'tap';
import { Turns } from '../../src/serving/turns.ts';
import { FakeClock, settled } from '../support/fake-clock.ts';

function setup() {
  const clock = new FakeClock();
  let idle = 0;
  const turns = new Turns(clock, 100, () => idle++);
  return { clock, turns, idle: () => idle };
}

t.test('tasks run one after the other, also after one that fails', async (t) => {
  const { turns } = setup();
  const order: string[] = [];
  const task = (name: string) => async (): Promise<string> => {
    order.push(`${name} begins`);
    await settled();
    order.push(`${name} ends`);
    if (name === 'a') throw new Error('It fails.');
    return name;
  };
  const first = turns.run(task('a'));
  const second = turns.run(task('b'));
  await t.rejects(first, /It fails/);
  t.equal(await second, 'b');
  t.strictSame(order, ['a begins', 'a ends', 'b begins', 'b ends']);
});

t.test('it is idle some time after the last task', async (t) => {
  const { clock, turns, idle } = setup();
  await turns.run(async () => undefined);
  clock.advance(99);
  await turns.run(async () => undefined);
  clock.advance(99);
  t.equal(idle(), 0);
  clock.advance(1);
  t.equal(idle(), 1);
});

t.test('once stopped it is never idle, and has no timer', async (t) => {
  const { clock, turns, idle } = setup();
  await turns.run(async () => undefined);
  turns.stop();
  await turns.run(async () => undefined);
  clock.advance(1000);
  t.strictSame([idle(), clock.pending], [0, 0]);
});
