import t from 'tap';
import { needsReducedRange } from '../../../../src/cli/models/compress/processor.ts';

const flags = (...names: readonly string[]): string => `processor : 0\nflags\t\t: fpu avx2 ${names.join(' ')} fma\n`;

t.test('only x86 without VNNI needs seven-bit weights', (t) => {
  t.equal(needsReducedRange('x64', flags()), true);
  t.equal(needsReducedRange('x64', flags('avx512f', 'avx512bw')), true, 'AVX-512 without VNNI saturates too');
  t.equal(needsReducedRange('x64', flags('avx512_vnni')), false);
  t.equal(needsReducedRange('x64', flags('avx_vnni')), false);
  t.equal(needsReducedRange('x64', flags('avx_vnni_int8')), true, 'another instruction');
  t.equal(needsReducedRange('x64', undefined), true, 'nothing is known');
  t.equal(needsReducedRange('arm64', undefined), false);
  t.end();
});
