/** NVIDIA's Python client of Triton, unchanged: sync, async_infer and asyncio. */
import t from 'tap';
import { checked, pythonWith, serverForClients, unlessLacking } from './program.ts';

// Packages are installed the first time.
t.setTimeout(0);
const { value: python, skip } = await unlessLacking(() => pythonWith('tritonclient'));
t.test('tritonclient[http] finds what it expects', { skip }, async (t) => {
  await checked(t, python!, 'with-tritonclient', await serverForClients(t));
});
