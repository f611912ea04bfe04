/** MLServer's Python client and command, unchanged. */
import t from 'tap';
import { checked, pythonWith, serverForClients, unlessLacking } from './program.ts';

// Packages are installed the first time.
t.setTimeout(0);
const { value: python, skip } = await unlessLacking(() => pythonWith('mlserver'));
t.test('mlserver infer and the codecs of MLServer find what they expect', { skip }, async (t) => {
  await checked(t, python!, 'with-mlserver', await serverForClients(t));
});
