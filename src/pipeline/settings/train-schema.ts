/** The key `train` of pipeline.json: the job that makes a candidate. */
import Type from 'typebox';
import { DURATION } from '../../config/duration.ts';
import { closed } from '../../repository/model-json/preprocess.ts';

/** Variables of the pipeline and of the server, which hold their secrets, are never a trainer's. */
const VARIABLE = '^(?!ORTOLAN_|OTEL_)[A-Za-z_][A-Za-z0-9_]*$';

const Kubernetes = Type.Object(
  {
    template: Type.String({
      minLength: 1,
      takes: 'a path',
      description: 'A batch/v1 Job in JSON. The name, the deadline and the variables are filled in.',
    }),
    container: Type.Optional(
      Type.String({
        minLength: 1,
        default: 'trainer',
        description: 'The container of the template that trains.',
      }),
    ),
    namespace: Type.Optional(
      Type.String({
        pattern: '^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$',
        default: 'that of the pipeline',
        description: 'Where the Job is made.',
      }),
    ),
  },
  {
    ...closed,
    default: 'the command runs here, as a process',
    description:
      'The job is a Job of the cluster that the pipeline runs in. The state folder is a volume of both.',
  },
);

export const TrainSchema = Type.Object(
  {
    command: Type.Array(Type.String({ minLength: 1 }), {
      minItems: 1,
      maxItems: 100,
      takes: 'a list: the program and its arguments',
      description:
        'What trains. It writes `model.onnx` and what belongs to it into the folder that TRAIN_OUT names.',
    }),
    folder: Type.Optional(
      Type.String({
        minLength: 1,
        takes: 'a path',
        default: 'a folder of the run',
        description: 'The working folder of the command.',
      }),
    ),
    deadline: Type.Optional(
      Type.String({
        pattern: DURATION,
        takes: 'a time: `90s`, `15m`, `24h`, `30d`',
        default: '1h',
        description: 'After this it is ended, with all that it has started.',
      }),
    ),
    env: Type.Optional(
      Type.Record(Type.String({ pattern: VARIABLE }), Type.String(), {
        ...closed,
        takes: '`{"OMP_NUM_THREADS": "2"}`',
        default: 'none',
        description: 'Variables of its environment. Those of the pipeline are not passed.',
      }),
    ),
    pass: Type.Optional(
      Type.Array(Type.String({ pattern: VARIABLE }), {
        takes: 'a list of names: `["CUDA_VISIBLE_DEVICES"]`',
        default: 'PATH, LANG, TZ',
        description: 'Further variables of the pipeline that it gets, by name.',
      }),
    ),
    kubernetes: Type.Optional(Kubernetes),
  },
  { ...closed, description: 'The job that makes a candidate.' },
);
