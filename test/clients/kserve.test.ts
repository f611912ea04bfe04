/** KServe's Python client, unchanged. */
import t from 'tap';
import { checked, pythonWith, serverForClients, unlessLacking } from './program.ts';

// Packages are installed the first time.
t.setTimeout(0);
const { value: python, skip } = await unlessLacking(() => pythonWith('kserve'));
t.test('the client of KServe finds what it expects', { skip }, async (t) => {
  await checked(t, python!, 'with-kserve', await serverForClients(t));
});
