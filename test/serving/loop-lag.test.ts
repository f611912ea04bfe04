import t from 'tap';
import { LoopLag } from '../../src/serving/loop-lag.ts';
import { FakeClock } from '../support/fake-clock.ts';

function loop() {
  const clock = new FakeClock();
  let sleptMs = 0;
  let atEnd: (() => void)[] = [];
  const lag = new LoopLag(
    clock,
    (task) => atEnd.push(task),
    () => sleptMs,
  );
  return {
    lag,
    busy: (ms: number) => clock.advance(ms),
    sleep(ms: number): void {
      clock.advance(ms);
      sleptMs += ms;
    },
    endTurn(): void {
      const tasks = atEnd;
      atEnd = [];
      for (const task of tasks) task();
    },
  };
}

t.test(
  'after a sleep nothing has waited, and what is read later in the turn has waited since its beginning',
  async (t) => {
    const { lag, busy, sleep } = loop();
    sleep(1000);
    t.equal(lag.ms(), 0);
    busy(3);
    t.equal(lag.ms(), 3);
  },
);

t.test('what is read without a sleep may have come when the turn before began', async (t) => {
  const { lag, busy, sleep, endTurn } = loop();
  sleep(10);
  lag.ms();
  busy(40);
  endTurn();
  t.equal(lag.ms(), 40);
  busy(5);
  t.equal(lag.ms(), 45);
  endTurn();
  t.equal(lag.ms(), 5, 'the turn before took five');
});

t.test('a loop that has slept again is not behind', async (t) => {
  const { lag, busy, sleep, endTurn } = loop();
  lag.ms();
  busy(40);
  endTurn();
  sleep(1);
  t.equal(lag.ms(), 0);
});
