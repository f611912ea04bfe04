import t from 'tap';
import { parseStat, treeOf, type Process } from '../../../bench/peers/process-tree.ts';

/** A line of /proc/PID/stat as the kernel writes it, up to the start time. */
const stat = (pid: number, name: string, state: string, parent: number, startedAt: number): string =>
  `${pid} (${name}) ${state} ${parent} 40 30 0 -1 4194560 1 0 0 0 5 6 0 0 20 0 1 0 ${startedAt} 1000 200\n`;

const child = (pid: number, parent: number, group = 1, session = 1): Process => ({
  pid,
  parent,
  group,
  session,
  startedAt: pid,
});

t.test('a line of stat is read', (t) => {
  t.strictSame(parseStat(stat(50, 'python', 'S', 40, 777)), {
    pid: 50,
    parent: 40,
    group: 40,
    session: 30,
    startedAt: 777,
  });
  t.end();
});

t.test('a name may hold spaces and parentheses', (t) => {
  t.match(parseStat(stat(51, 'ray::Replica) R 1 (a', 'S', 40, 778)), { parent: 40, startedAt: 778 });
  t.end();
});

t.test('a zombie and an invalid stat line are not processes', (t) => {
  t.equal(parseStat(stat(52, 'python', 'Z', 40, 1)), undefined);
  t.equal(parseStat(''), undefined);
  t.equal(parseStat('52 (python) S 40'), undefined);
  t.end();
});

t.test('a tree is the root and its descendants, in whatever order they are listed', (t) => {
  const root = child(10, 1);
  const all = [child(30, 20), child(20, 10), root, child(99, 1)];
  t.strictSame(
    treeOf([root], all).map(({ pid }) => pid),
    [30, 20, 10],
  );
  t.end();
});

t.test('a process in the group or session of the tree stays in it when its parent ends', (t) => {
  const root = child(10, 1, 10, 10);
  const inGroup = child(21, 1, 10, 5);
  const inSession = child(22, 1, 22, 10);
  const others = child(23, 1, 23, 23);
  t.strictSame(treeOf([root], [root, inGroup, inSession, others]), [root, inGroup, inSession]);
  t.strictSame(treeOf([root], [inGroup, inSession, others]), [inGroup, inSession]);
  t.end();
});

t.test('a known process stays in the tree after it starts its own session', (t) => {
  const root = child(10, 1, 10, 10);
  const stray = child(30, 1, 30, 30);
  t.strictSame(treeOf([root, stray], [stray, child(31, 30, 30, 30)]), [stray, child(31, 30, 30, 30)]);
  t.end();
});

t.test('another process with a reused pid is not in the tree', (t) => {
  const root = child(10, 1);
  t.strictSame(treeOf([root], [{ ...root, startedAt: 999 }]), []);
  t.end();
});
