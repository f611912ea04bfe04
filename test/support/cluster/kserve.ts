/** The fields of KServe's kinds that tests read. No package has their types. */
import type { IContainer, IVolume } from 'kubernetes-models/v1';

export interface IClusterServingRuntime {
  readonly spec: {
    readonly annotations: Readonly<Record<string, string>>;
    readonly protocolVersions: readonly string[];
    readonly supportedModelFormats: readonly { readonly name: string; readonly autoSelect?: boolean }[];
    readonly containers: readonly IContainer[];
    readonly volumes: readonly IVolume[];
  };
}

export interface IInferenceService {
  readonly spec: {
    readonly predictor: {
      readonly terminationGracePeriodSeconds: number;
      readonly model: {
        readonly modelFormat: { readonly name: string };
        readonly protocolVersion: string;
        readonly runtime: string;
      };
    };
  };
}
