import t from 'tap';
import { DEVICE_PATTERN, providerOf } from '../../src/thread/device.ts';

const isDevice = (text: string): boolean => new RegExp(DEVICE_PATTERN).test(text);

t.test('a device is a provider, with a number where a machine may have several', async (t) => {
  for (const device of ['cpu', 'webgpu', 'coreml', 'cuda', 'cuda:0', 'tensorrt:12', 'dml:1'])
    t.ok(isDevice(device), device);
});

t.test('nothing else is one', async (t) => {
  const others = [
    '',
    'CPU',
    'gpu',
    'cuda:',
    'cuda:-1',
    'cuda:1000',
    'cpu:1',
    'webgpu:1',
    'cuda:1,cpu',
    'cuda:1\n',
  ];
  for (const other of others) t.notOk(isDevice(other), JSON.stringify(other));
});

t.test('onnxruntime is given its name and its number', async (t) => {
  t.same(providerOf('webgpu'), { name: 'webgpu' });
  t.same(providerOf('cuda:2'), { name: 'cuda', deviceId: 2 });
});
