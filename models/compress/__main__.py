"""Makes a smaller version of an ONNX model. `ortolan models compress` calls it; docs/compression.md.

The only argument is a task as JSON:

    {"how": "int8", "model": FILE, "inputs": [{"name": ..., "file": FILE.npy}], "target": FILE,
     "reduceRange": false}
    {"how": "prune", "model": FILE, "inputs": [...], "labels": FILE.npy, "target": FILE,
     "share": 0.5, "epochs": 20}
"""

import told


def work(task: dict[str, object]) -> dict[str, object]:
    # Each in an environment of its own: torch is needed by one of them alone.
    if task["how"] == "int8":
        import int8

        return int8.compress(task)
    import prune

    return prune.compress(task)


if __name__ == "__main__":
    told.run(work)
