/**
 * Models that one command downloads. The digest is the identity: wherever the bytes come from, they are these
 * bytes or they are refused.
 */
import type { ModelConfig } from '../../repository/model-config.ts';

export interface CatalogueEntry {
  readonly name: string;
  readonly url: string;
  readonly bytes: number;
  readonly sha256: string;
  /** What becomes model.json; labels are those of ImageNet. */
  readonly config: ModelConfig;
}

const RESNET18_URL =
  'https://github.com/onnx/models/raw/main/validated/vision/classification/resnet/model/resnet18-v2-7.onnx';
const RESNET18_SHA256 = '3b4d048057854022232aa20bf68262e31718ab7119a17f920b8a2dc1433f824b';
const RESNET18_BYTES = 46_806_737;

export const CATALOGUE: readonly CatalogueEntry[] = [
  {
    name: 'resnet18',
    url: RESNET18_URL,
    bytes: RESNET18_BYTES,
    sha256: RESNET18_SHA256,
    config: {
      description: 'ResNet-18 v2, ImageNet-1k',
      inputs: [{ name: 'data', datatype: 'FP32', shape: [3, 224, 224] }],
      outputs: [{ name: 'resnetv22_dense0_fwd', datatype: 'FP32', shape: [1000] }],
      preprocess: {
        resize: 256,
        crop: 224,
        filter: 'bilinear',
        mean: [0.485, 0.456, 0.406],
        std: [0.229, 0.224, 0.225],
      },
      postprocess: { softmax: true },
      labels: 'labels.txt',
      defaultVersion: 1,
      versionLabels: { stable: 1 },
      sha256: { '1': RESNET18_SHA256 },
      source: { url: RESNET18_URL, sha256: RESNET18_SHA256, bytes: RESNET18_BYTES },
    },
  },
];
