"""Makes everything again: both versions, labels, manifest, report and fixtures."""

import onnx

import agreement
import correction
import equalisation
import fixtures
import labels
import manifest
import network
import odd_files
import photographs
import places
import references
import report
from activations import Activations
from layers import Network
from quantise import Quantiser

KEPT = ["conv_stem", "blocks.0.depthwise", "blocks.0.project"]
VERSIONS = {"1": places.FP32, "2": places.INT8}


def make_int8() -> None:
    """From version 1 to version 2."""
    fp32 = Network(onnx.load(places.FP32))
    equalisation.equalise(fp32, Activations(fp32, photographs.EQUALISATION.pixels()))
    activations = Activations(fp32, photographs.CALIBRATION.pixels())
    int8 = Quantiser(fp32, activations, frozenset(KEPT)).run()
    correction.correct(int8, fp32, photographs.CORRECTION.pixels())
    places.INT8.parent.mkdir(parents=True, exist_ok=True)
    onnx.save(int8, places.INT8)


def make_report() -> None:
    """Judges version 2 by version 1."""
    measured = {}
    judged = {"unseenPhotographs": photographs.HELD_OUT, "otherCropsOfSeen": photographs.FAMILIAR}
    for name, crops in judged.items():
        pixels = crops.pixels()
        truth, answer = (agreement.logits(path, pixels) for path in VERSIONS.values())
        measured[name] = crops.described() | agreement.compare(truth, answer)
    used = {"calibrationCrops": photographs.CALIBRATION.described()}
    report.write(places.FP32, places.INT8, KEPT, used, measured, places.MODEL / "report.json")


def make_fixtures() -> None:
    """What the tests compare the server's answers with."""
    names = labels.read(places.MODEL / "labels.txt")
    described = references.photographs(places.PHOTOS, VERSIONS, names)
    references.write(described, places.FIXTURES / "references.json")
    references.write(references.resample_digests(), places.FIXTURES / "resample-digests.json")
    references.write(odd_files.files(), places.FIXTURES / "odd-files.json")


def main() -> None:
    network.export(places.FP32)
    make_int8()
    labels.write(places.MODEL / "labels.txt")
    manifest.write(VERSIONS, places.MODEL / "model.json")
    make_report()
    fixtures.write(places.PHOTOS)
    make_fixtures()


if __name__ == "__main__":
    main()
