/** Kubernetes objects in the output of kustomize, by kind; the kinds are those that the project ships. */
import type { ICertificate } from './certificate.ts';
import type { IInterceptorRoute } from './interceptor-route.ts';
import type { IClusterServingRuntime, IInferenceService } from './kserve.ts';
import type { IScaledObject } from '@kubernetes-models/keda/keda.sh/v1alpha1';
import type {
  IPrometheusRule,
  IServiceMonitor,
} from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1';
import type { IDeployment } from 'kubernetes-models/apps/v1';
import type { IHorizontalPodAutoscaler } from 'kubernetes-models/autoscaling/v2';
import type { ICronJob } from 'kubernetes-models/batch/v1';
import type { INetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1';
import type { IPodDisruptionBudget } from 'kubernetes-models/policy/v1';
import type { IRole } from 'kubernetes-models/rbac.authorization.k8s.io/v1';
import type {
  IConfigMap,
  IContainer,
  INamespace,
  IPersistentVolumeClaim,
  IPodSpec,
  IService,
  IServiceAccount,
} from 'kubernetes-models/v1';

export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Labels;
    readonly annotations?: Labels;
  };
}

export type Labels = Readonly<Record<string, string>>;

interface Kinds {
  Certificate: ICertificate;
  ClusterServingRuntime: IClusterServingRuntime;
  ConfigMap: IConfigMap;
  CronJob: ICronJob;
  Deployment: IDeployment;
  HorizontalPodAutoscaler: IHorizontalPodAutoscaler;
  InferenceService: IInferenceService;
  InterceptorRoute: IInterceptorRoute;
  Namespace: INamespace;
  NetworkPolicy: INetworkPolicy;
  PersistentVolumeClaim: IPersistentVolumeClaim;
  PodDisruptionBudget: IPodDisruptionBudget;
  PrometheusRule: IPrometheusRule;
  Role: IRole;
  ScaledObject: IScaledObject;
  Service: IService;
  ServiceAccount: IServiceAccount;
  ServiceMonitor: IServiceMonitor;
}

export const ofKind = <K extends keyof Kinds>(
  objects: readonly Manifest[],
  kind: K,
): (Kinds[K] & Manifest)[] =>
  objects.filter((object) => object.kind === kind) as unknown as (Kinds[K] & Manifest)[];

/** Returns the only object of that kind. @throws Error when there is none, or more than one */
export function theOnly<K extends keyof Kinds>(objects: readonly Manifest[], kind: K): Kinds[K] & Manifest {
  const [first, second] = ofKind(objects, kind);
  if (first === undefined || second !== undefined) throw new Error(`not exactly one ${kind}`);
  return first;
}

/** `Deployment ml-api`. */
export const titleOf = ({ kind, metadata }: Manifest): string => `${kind} ${metadata.name}`;

/** Returns the pod of the Deployment, its labels, and its only container. @throws Error unless there is exactly one */
export function podOf(objects: readonly Manifest[]): {
  readonly labels: Labels;
  readonly pod: IPodSpec;
  readonly container: IContainer;
} {
  const { metadata, spec: pod } = theOnly(objects, 'Deployment').spec!.template;
  const [container, another] = [...(pod!.initContainers ?? []), ...pod!.containers];
  if (container === undefined || another !== undefined) throw new Error('not exactly one container');
  return { labels: metadata?.labels ?? {}, pod: pod!, container };
}

/** Returns the environment of a container, from ConfigMaps and from `env`, which takes precedence. */
export function environmentOf(objects: readonly Manifest[], container: IContainer): Record<string, string> {
  const maps = new Map(ofKind(objects, 'ConfigMap').map((map) => [map.metadata.name, map.data ?? {}]));
  return Object.assign(
    {},
    ...(container.envFrom ?? []).map(({ configMapRef }) => maps.get(configMapRef?.name ?? '')),
    ...(container.env ?? []).map(({ name, value }) => (value === undefined ? {} : { [name]: value })),
  ) as Record<string, string>;
}

/** Parsed JSON or YAML without a type, for tests that make it invalid. */
export type Loose = ReturnType<typeof JSON.parse>;
