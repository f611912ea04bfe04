import t from 'tap';
import { ServingError } from '../../../../src/errors.ts';
import { recordTelemetry } from '../../../support/telemetry.ts';

t.test('the reason why a URL was not fetched is logged with the request id', async (t) => {
  const { events, lines } = recordTelemetry();
  const error = new ServingError('URL_REFUSED', 'Refused.', { cause: new Error('10.0.0.1 is private') });
  events.urls.refused('r7', error);
  t.match(lines, [
    { level: 'WARNING', request_id: 'r7', code: 'URL_REFUSED', reason: '10.0.0.1 is private' },
  ]);
});
