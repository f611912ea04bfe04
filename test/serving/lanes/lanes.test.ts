import t from 'tap';
import { Lanes, type Lane } from '../../../src/serving/lanes/lanes.ts';

interface Asked {
  readonly made: string[];
  readonly woken: string[];
  readonly lanes: Lanes;
}

function setup(times: Readonly<Record<string, readonly number[]>> = {}): Asked {
  const made: string[] = [];
  const woken: string[] = [];
  const lanes = new Lanes((device) => {
    made.push(device);
    const scheduler = {
      recent: { batches: (times[device] ?? []).map((at) => ({ at, device })) },
      wake: () => void woken.push(device),
      giveUp: () => void woken.push(`${device} gives up`),
    };
    return { scheduler, intake: {} } as unknown as Lane;
  });
  return { made, woken, lanes };
}

t.test('a device is scheduled by itself, from when it is first asked for', async (t) => {
  const { made, lanes, woken } = setup();
  const cpu = lanes.of('cpu');
  t.notOk(lanes.hasDevices);
  t.not(lanes.of('webgpu'), cpu);
  t.equal(lanes.of('cpu'), cpu);
  t.ok(lanes.hasDevices);
  t.same(made, ['cpu', 'webgpu']);
  lanes.wake();
  lanes.giveUp();
  t.same(woken, ['cpu', 'webgpu', 'cpu gives up', 'webgpu gives up']);
});

t.test('the last batches of all are shown together, newest first', async (t) => {
  const { lanes } = setup({ cpu: [9, 5, 1], webgpu: [7, 6] });
  lanes.of('cpu');
  lanes.of('webgpu');
  t.same(
    lanes.batches.map(({ at }) => at),
    [9, 7, 6, 5, 1],
  );
});
