import t from 'tap';
import { elements, escaped, textIn } from '../../../src/artifacts/s3/xml.ts';

const LISTING = `<?xml version="1.0"?>
<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><IsTruncated>false</IsTruncated>
<Contents><Key>a&amp;b&#x20;c</Key><ETag>&quot;e&quot;</ETag><Size>1</Size></Contents>
<Contents><Key>d</Key><Size>2</Size></Contents><KeyCount>2</KeyCount></ListBucketResult>`;

t.test('elements are found by name, and their text is decoded', async (t) => {
  t.equal(elements(LISTING, 'Contents').length, 2);
  t.equal(textIn(LISTING, 'Key'), 'a&b c');
  t.equal(textIn(LISTING, 'ETag'), '"e"');
  t.equal(textIn(LISTING, 'IsTruncated'), 'false');
  t.equal(textIn(LISTING, 'ListBucketResult')?.includes('Contents'), true);
});

t.test('an element that is empty or not there is told apart', async (t) => {
  t.equal(textIn('<a><Code/></a>', 'Code'), '');
  t.equal(textIn('<a></a>', 'Code'), undefined);
  t.equal(textIn('<Codes>x</Codes>', 'Code'), undefined);
  t.equal(textIn('<Code>x', 'Code'), undefined);
});

t.test('what is escaped reads as it was', async (t) => {
  const text = `<"a" & 'b'>`;
  t.equal(textIn(`<X>${escaped(text)}</X>`, 'X'), text);
});
