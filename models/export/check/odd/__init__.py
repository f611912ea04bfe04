"""Small models, one for each type and shape that a server may take for another, with onnxruntime's answers."""
