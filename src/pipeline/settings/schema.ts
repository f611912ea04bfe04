/**
 * The schema of pipeline.json: what makes the next version of a model, when, and how it gets to serve. docs/pipeline-json.md
 * is made from it: `default` says what holds where a key is not written, `takes` what a schema cannot say in a few words.
 */
import Type, { type Static } from 'typebox';
import { DURATION } from '../../config/duration.ts';
import { closed } from '../../repository/model-json/preprocess.ts';
import { CanarySchema } from './canary-schema.ts';
import { TrainSchema } from './train-schema.ts';

const NAME = '^[A-Za-z0-9][\\w.-]{0,63}$';

export const duration = (description: string, normal?: string) =>
  Type.String({
    pattern: DURATION,
    takes: 'a time: `90s`, `15m`, `24h`, `30d`',
    ...(normal !== undefined && { default: normal }),
    description,
  });

const path = (description: string, normal?: string) =>
  Type.String({
    minLength: 1,
    takes: 'a path',
    ...(normal !== undefined && { default: normal }),
    description,
  });

const Triggers = Type.Object(
  {
    drift: Type.Optional(
      Type.Boolean({
        default: false,
        description: 'Whether a drift alarm of the version that answers begins a run.',
      }),
    ),
    accuracy: Type.Optional(
      Type.Object(
        {
          floor: Type.Number({
            exclusiveMinimum: 0,
            exclusiveMaximum: 1,
            description:
              'A run begins when the accuracy by feedback is below this: when all of its interval is.',
          }),
          minLabels: Type.Optional(
            Type.Integer({ minimum: 1, default: 50, description: 'With fewer labels nothing is decided.' }),
          ),
        },
        { ...closed, description: 'A run begins when the version that answers is not accurate enough.' },
      ),
    ),
    labels: Type.Optional(
      Type.Integer({
        minimum: 1,
        default: 'new labels begin no run',
        description: 'A run begins when so many labels have come since the last one began.',
      }),
    ),
    every: Type.Optional(duration('A run begins when the last one began so long ago.', 'no schedule')),
    look: Type.Optional(duration('With `--watch`: time between two looks.', '1m')),
    cooldown: Type.Optional(
      duration(
        'After a run, drift and accuracy begin none for so long: an alarm stays up until the new version has seen traffic.',
        '24h',
      ),
    ),
  },
  { ...closed, description: 'When a run begins. Without any, only when the command is given.' },
);

const Data = Type.Object(
  {
    log: path('The folder of the prediction log of the server, with inputs: its ORTOLAN_PREDICTION_LOG_DIR.'),
    by: Type.Optional(
      Type.Array(Type.String({ minLength: 1 }), {
        takes: 'a list of callers as the log names them: `["key:labellers"]`',
        default: 'whatever anybody has said',
        description: 'Only labels that these have given are trained on.',
      }),
    ),
    minExamples: Type.Optional(
      Type.Integer({ minimum: 0, default: 0, description: 'With fewer labelled inputs the run ends.' }),
    ),
    maxExamples: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 1_000_000,
        default: 50_000,
        description: 'The newest so many labelled inputs are taken.',
      }),
    ),
  },
  { ...closed, description: 'What the trainer gets: inputs that were labelled by feedback.' },
);

const share = (description: string, normal: number | string) =>
  Type.Optional(Type.Number({ minimum: 0, maximum: 1, default: normal, description }));

const Gate = Type.Object(
  {
    data: Type.Optional(
      path(
        'Held-out rows, as `numpy.savez` writes them: an array for each input by its name, and the classes in `y`.',
      ),
    ),
    images: Type.Optional(path('Or held-out photographs: a folder with a folder for each class.')),
    minAccuracy: share('Accuracy that is to be shown, whatever the champion has.', 'not asked for'),
    maxDrop: share('What may be lost of the accuracy of the champion.', 0.02),
    maxClassDrop: share(
      'What may be lost within one class: a poisoned class hides in the mean over all.',
      0.1,
    ),
    minAgreement: share(
      'How often it has to answer as the champion.',
      'not asked for where classes are known',
    ),
    deadline: Type.Optional(duration('The comparison may take so long.', '30m')),
  },
  {
    ...closed,
    description:
      'What a candidate has to show before anything serves it: `ortolan models gate` on data that no trainer and no feedback can change.',
  },
);

const Sign = Type.Object(
  {
    privateKey: path('The EC key in PEM that `ortolan models sign` signs with.'),
    passphraseFile: Type.Optional(
      path('File of the passphrase of an encrypted key.', 'the key is not encrypted'),
    ),
  },
  {
    ...closed,
    default: 'nothing is signed',
    description: 'Signs every version of the model, before and after a promotion.',
  },
);

const Events = Type.Object(
  {
    url: Type.String({
      pattern: '^https?://',
      takes: 'an address',
      description: 'Each event of the journal is posted there as a CloudEvent, in order, at least once.',
    }),
    tokenFile: Type.Optional(path('File of a token to send as `Authorization: Bearer …`.', 'none is sent')),
  },
  { ...closed, default: 'events are in the journal alone', description: 'Who is told of each step.' },
);

const Metrics = Type.Object(
  {
    textfile: Type.Optional(
      path(
        'A file to write for the textfile collector of the node exporter: its name ends in `.prom`.',
        'not written',
      ),
    ),
    pushgateway: Type.Optional(
      Type.String({
        pattern: '^https?://',
        takes: 'an address',
        default: 'not pushed',
        description: 'The address of a Prometheus Pushgateway.',
      }),
    ),
  },
  { ...closed, default: 'in the journal alone', description: 'Where the metrics of the pipeline go.' },
);

export const PipelineSchema = Type.Object(
  {
    model: Type.String({ pattern: NAME, description: 'The model, by the name of its folder.' }),
    models: path('The models folder that the server reads. The next version is put there.'),
    server: Type.String({
      pattern: '^https?://',
      takes: 'an address',
      description: 'The server that serves the model.',
    }),
    keyFile: Type.Optional(
      path(
        'File of the API key or token to send to the server: scopes `models:read` and `models:write`.',
        'that of ORTOLAN_API_KEY_FILE or ORTOLAN_API_KEY, if any',
      ),
    ),
    state: Type.Optional(
      path('The folder of the journal and of what a run makes.', '`pipeline` beside this file'),
    ),
    triggers: Type.Optional(Triggers),
    data: Type.Optional(Data),
    train: TrainSchema,
    gate: Gate,
    sign: Type.Optional(Sign),
    push: Type.Optional(
      Type.Boolean({
        default: false,
        description: 'Whether the new version goes to the store of ORTOLAN_ARTIFACTS_URL before it serves.',
      }),
    ),
    canary: Type.Optional(CanarySchema),
    events: Type.Optional(Events),
    metrics: Type.Optional(Metrics),
    keepRuns: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 1000,
        default: 10,
        description: 'What the newest so many runs have made is kept, in `runs/` of the state folder.',
      }),
    ),
    keepVersions: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 100,
        default: 2,
        description:
          'After a promotion, of the versions that this pipeline has made the newest so many stay in the models folder. Others are not touched.',
      }),
    ),
  },
  closed,
);

export type PipelineJson = Readonly<Static<typeof PipelineSchema>>;
