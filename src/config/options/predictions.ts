/** Options of the log of predictions, of feedback, and of events about predictions. */
import Type from 'typebox';
import { parseHeaderList } from '../header-list.ts';
import { about, BYTES, GiB, MiB } from '../option.ts';
import { secretOption } from '../secrets/file-option.ts';

export const PREDICTIONS = {
  predictionLogDir: Type.Optional(
    Type.String({
      minLength: 1,
      ...about(
        'Folder for the log of predictions: what was answered, one JSON object a line. With it POST /v1/feedback takes what was right, and GET /v1/models/{model}/accuracy says how often the models are. Replicas may share a folder.',
        { path: true, otherwise: 'none: nothing is logged', accepts: 'a path' },
      ),
    }),
  ),
  predictionLogSample: Type.Number({
    default: 1,
    minimum: 0,
    maximum: 1,
    ...about('Share of the answers that are logged, from 0 to 1. Feedback is taken for these only.'),
  }),
  predictionLogInputs: Type.Enum(['off', 'on'], {
    default: 'off',
    ...about(
      'Whether what clients send is logged, too: images as their files, tensors as bytes, up to 4 MiB a request. Needed to train on it; it may be personal data.',
    ),
  }),
  predictionLogDays: Type.Integer({
    default: 30,
    minimum: 1,
    maximum: 3650,
    ...about('How many days predictions and feedback are kept. So late may a label come.'),
  }),
  predictionLogMaxBytes: Type.Integer({
    default: 1 * GiB,
    minimum: 16 * MiB,
    ...about(
      'Disk that the logs may take. Beyond it the oldest predictions are removed, a file at a time. While the disk is full or fails, predictions are dropped and counted, feedback gets FEEDBACK_UNAVAILABLE, and all else goes on.',
      BYTES,
    ),
  }),
  predictionLogSegmentMs: Type.Integer({
    default: 3_600_000,
    minimum: 1000,
    maximum: 86_400_000,
    ...about(
      'How long one file of the log is written: then it is complete, and can be read, copied and removed. The same for all that share a folder.',
      { unit: 'milliseconds' },
    ),
  }),
  predictionEventsUrl: Type.Optional(
    Type.Refine(
      Type.String({
        pattern: '^https?://[^\\s@]+$',
        ...about(
          'Where events of predictions are sent, as KServe’s payload logger does: CloudEvents over HTTP in binary mode, one POST an event, with the same attributes.',
          { otherwise: 'none', accepts: 'an http:// or https:// URL without a user name' },
        ),
      }),
      (text) => URL.canParse(text),
    ),
  ),
  ...secretOption(
    'predictionEventsHeaders',
    Type.Optional(
      Type.Refine(
        Type.String({
          ...about(
            'Headers of each event, such as the key of the receiver: name=value,name=value, with a comma in a value written as %2C.',
            { secret: true, otherwise: 'none', accepts: 'a list of headers: name=value,name=value' },
          ),
        }),
        (text) => parseHeaderList(text) !== undefined,
      ),
    ),
  ),
  predictionEventsMode: Type.Enum(['response', 'request', 'all'], {
    default: 'response',
    ...about(
      'Which events are sent: of what was answered, of what was sent, or of both. Requests carry what clients send.',
    ),
  }),
  predictionEventsService: Type.Optional(
    Type.String({
      pattern: '^[\\w.-]{1,253}$',
      ...about('The attribute inferenceservicename of events.', {
        otherwise: 'the name of the model',
        accepts: 'letters, digits, dots, dashes and underscores',
      }),
    }),
  ),
  predictionEventsNamespace: Type.String({
    default: 'default',
    pattern: '^[\\w.-]{1,253}$',
    ...about('The attribute namespace of events.', {
      accepts: 'letters, digits, dots, dashes and underscores',
    }),
  }),
} as const;
