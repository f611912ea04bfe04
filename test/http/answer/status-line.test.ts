import { STATUS_CODES } from 'node:http';
import t from 'tap';
import { ERRORS } from '../../../src/errors.ts';
import { statusLine } from '../../../src/http/answer/status-line.ts';

t.test('every answer has the reason of its status', async (t) => {
  for (const status of [200, 204, 304, ...Object.values(ERRORS).map(({ status }) => status)]) {
    // RFC 9110 has a shorter word for 413 than Node.
    const reason = STATUS_CODES[status]?.replace('Payload', 'Content').replace('Entity', 'Content');
    t.equal(statusLine(status), `${status} ${reason}`);
  }
});
