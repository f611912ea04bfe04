/**
 * What an API server would refuse, found without one: wrong types, missing fields and bad values by the validators
 * of kubernetes-models, and fields that do not exist by the compiler, since those validators let them pass. Both
 * are made from the OpenAPI documents and CustomResourceDefinitions. Rules in CEL are not evaluated.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Check, Errors } from 'typebox/schema';
import { ScaledObject } from '@kubernetes-models/keda/keda.sh/v1alpha1';
import {
  PrometheusRule,
  ServiceMonitor,
} from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1';
import { Deployment } from 'kubernetes-models/apps/v1';
import { HorizontalPodAutoscaler } from 'kubernetes-models/autoscaling/v2';
import { NetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1';
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1';
import { ConfigMap, Namespace, PersistentVolumeClaim, Service, ServiceAccount } from 'kubernetes-models/v1';
import { INTERCEPTOR_ROUTE } from './interceptor-route.ts';
import { titleOf, type Manifest } from './manifest.ts';

interface Model {
  readonly model: new (data: never) => { validate(): void };
  /** The module that has the interface of the same name, with an I before it. */
  readonly module: string;
}

const KEDA = '@kubernetes-models/keda/keda.sh/v1alpha1';
const OPERATOR = '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1';

const MODELS: Readonly<Record<string, Model>> = {
  'v1 ConfigMap': { model: ConfigMap, module: 'kubernetes-models/v1' },
  'v1 Namespace': { model: Namespace, module: 'kubernetes-models/v1' },
  'v1 PersistentVolumeClaim': { model: PersistentVolumeClaim, module: 'kubernetes-models/v1' },
  'v1 Service': { model: Service, module: 'kubernetes-models/v1' },
  'v1 ServiceAccount': { model: ServiceAccount, module: 'kubernetes-models/v1' },
  'apps/v1 Deployment': { model: Deployment, module: 'kubernetes-models/apps/v1' },
  'autoscaling/v2 HorizontalPodAutoscaler': {
    model: HorizontalPodAutoscaler,
    module: 'kubernetes-models/autoscaling/v2',
  },
  'networking.k8s.io/v1 NetworkPolicy': {
    model: NetworkPolicy,
    module: 'kubernetes-models/networking.k8s.io/v1',
  },
  'policy/v1 PodDisruptionBudget': { model: PodDisruptionBudget, module: 'kubernetes-models/policy/v1' },
  'keda.sh/v1alpha1 ScaledObject': { model: ScaledObject, module: KEDA },
  'monitoring.coreos.com/v1 ServiceMonitor': { model: ServiceMonitor, module: OPERATOR },
  'monitoring.coreos.com/v1 PrometheusRule': { model: PrometheusRule, module: OPERATOR },
};

const keyOf = ({ apiVersion, kind }: Manifest): string => `${apiVersion} ${kind}`;
const ROUTE = 'http.keda.sh/v1beta1 InterceptorRoute';

/** A sentence for each object that its schema does not take; unknown kinds are none that it takes. */
export function schemaComplaints(objects: readonly Manifest[]): string[] {
  return objects.flatMap((object) => {
    const known = MODELS[keyOf(object)];
    if (known !== undefined) return validated(object, known);
    if (keyOf(object) !== ROUTE) return [`${titleOf(object)}: no schema for ${keyOf(object)}`];
    if (Check(INTERCEPTOR_ROUTE, object)) return [];
    const [, errors] = Errors(INTERCEPTOR_ROUTE, object);
    return errors.map(({ instancePath, message }) => `${titleOf(object)}: ${instancePath} ${message}`);
  });
}

function validated(object: Manifest, { model: Model }: Model): string[] {
  try {
    new Model(object as never).validate();
    return [];
  } catch (error) {
    return [`${titleOf(object)}: ${(error as Error).message}`];
  }
}

/**
 * A sentence for each field that does not exist. The compiler is run over `folder`, which must be empty and inside
 * the repository: it finds the packages from there.
 */
export function unknownFields(objects: readonly Manifest[], folder: string): string[] {
  const typed = objects.filter((object) => MODELS[keyOf(object)] !== undefined);
  mkdirSync(folder, { recursive: true });
  for (const [index, object] of typed.entries()) {
    const { kind } = object;
    writeFileSync(
      join(folder, `${index}.ts`),
      `import type { I${kind} } from '${MODELS[keyOf(object)]!.module}';\n` +
        `export const object: I${kind} = ${JSON.stringify(object)};\n`,
    );
  }
  const compilerOptions = {
    target: 'es2024',
    module: 'nodenext',
    types: [],
    strict: true,
    skipLibCheck: true,
    noEmit: true,
  };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*.ts'] }));
  // tap hooks modules in every process below it by NODE_OPTIONS, and the compiler cannot be loaded that way.
  const words = ['-u', 'NODE_OPTIONS', 'node_modules/.bin/tsc', '--pretty', 'false', '-p', folder];
  const { status, stdout, stderr } = spawnSync('env', words, { encoding: 'utf8' });
  if (status === 0) return [];
  if (stdout === '') throw new Error(`tsc ended with ${status} and said nothing: ${stderr}`);
  // Lines that are indented go on about the one before.
  return stdout.split('\n').flatMap((line) => {
    const found = /(\d+)\.ts\(\d+,\d+\): error (.*)/.exec(line);
    if (found !== null) return [`${titleOf(typed[Number(found[1])]!)}: ${found[2]}`];
    return line === '' || line.startsWith(' ') ? [] : [line];
  });
}
