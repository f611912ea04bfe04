import t from 'tap';
import type { Schema } from '../../src/protocol/description.ts';
import { schemaSection, typeOf } from '../../src/site/schema.ts';

const words = (schema: Schema): string => typeOf(schema).text;

t.test('types are described in words', async (t) => {
  t.equal(words({ type: 'integer' }), 'integer');
  t.equal(words({ enum: ['a', 'b'] }), 'string');
  t.equal(words({ type: 'array', items: { type: 'string' } }), 'list of strings');
  t.equal(words({ type: 'array', items: {} }), 'nested lists');
  t.equal(
    words({ type: 'object', additionalProperties: { type: 'array', items: {} } }),
    'object of nested lists',
  );
  t.equal(words({ type: 'string', format: 'binary' }), 'bytes');
});

t.test('a named type is a link to it', async (t) => {
  const batch = { $ref: '#/components/schemas/Batch' };
  const link = '<a href="#schema-Batch">Batch</a>';
  t.equal(words(batch), link);
  t.equal(words({ type: 'array', items: batch }), `list of ${link}`);
  t.equal(words({ oneOf: [batch, { type: 'null' }] }), `${link} or null`);
});

t.test('a section lists members, which are optional, and their allowed values', async (t) => {
  const section = schemaSection('Batch', {
    description: 'A <batch>.',
    required: ['size'],
    properties: {
      size: { type: 'integer', description: 'Rows.' },
      reason: { enum: ['idle', 'full'] },
    },
  });
  const text = section.text.replaceAll(/\s+/g, ' ').replaceAll(' >', '>');
  t.match(text, 'id="schema-Batch"');
  t.match(text, 'A &lt;batch&gt;.');
  t.match(text, /<code>size<\/code> <span class="type">integer<\/span>/);
  t.match(text, /<code>reason<\/code> <span class="type">string, optional<\/span>/);
  t.match(text, 'One of <code>idle</code>, <code>full</code>.');
});
