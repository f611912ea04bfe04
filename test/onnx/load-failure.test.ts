import t from 'tap';
import { explained } from '../../src/onnx/load-failure.ts';

const SOURCE =
  '/onnxruntime_src/onnxruntime/core/graph/model.cc:187 onnxruntime::Model::Model(onnx::ModelProto&&) ';
const failures: [what: string, message: string, sentence: RegExp][] = [
  [
    'an opset that is too new, with the one to use',
    `Load model from /m.onnx failed:${SOURCE}ONNX Runtime only *guarantees* support for models stamped with official released onnx opset versions. Opset 40 is under development and support for this is limited. Current official support for domain ai.onnx is till opset 26.\n`,
    /^the file uses opset 40 of ai\.onnx, .* up to 26: export the model with opset 26 or lower\.$/,
  ],
  [
    'an IR version that is too new',
    `Load model from /m.onnx failed:${SOURCE}Unsupported model IR version: 99, max supported IR version: 13\n`,
    /IR version 99, and this onnxruntime knows up to 13/,
  ],
  ['a type by its name', 'Unsupported data type: 16', /has the type BFLOAT16, which is not served/],
  ['a type without a name', 'Unsupported data type: 99', /has the type with number 99/],
  [
    'a type that onnxruntime does not know',
    'Load model from /m.onnx failed:Exception during loading: MLDataType for: tensor(complex64) is not currently registered or supported',
    /the type COMPLEX64/,
  ],
  [
    'a custom operator',
    'Load model from /m.onnx failed:Fatal error: my.ops:Foo(-1) is not a registered function/op',
    /operator Foo of the domain my\.ops/,
  ],
  [
    'an operator that is not there',
    'failed:This is an invalid model. In Node, ("", Bar, "", -1) : , Error No Op registered for Bar with domain_version of 17',
    /no operator Bar in opset 17/,
  ],
  [
    'an operator without code for a type',
    "Could not find an implementation for Identity(21) node with name ''",
    /no Identity \(opset 21\) for the types/,
  ],
  ['damage', 'Load model from /m.onnx failed:Protobuf parsing failed.', /no ONNX model, or is damaged/],
];
for (const [what, message, sentence] of failures) {
  t.test(`explains ${what}`, async (t) => {
    t.match(explained(message), sentence);
  });
}

t.test('keeps what it does not know, without the place in the sources of onnxruntime', async (t) => {
  t.equal(explained('Non-zero status code.'), 'Non-zero status code.');
  t.match(
    explained(`Load model from /m.onnx failed:${SOURCE}Something new.\n`),
    /^onnxruntime::Model.* Something new\.$/,
  );
});
