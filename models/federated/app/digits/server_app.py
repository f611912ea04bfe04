"""The rounds: Flower's FedAvg over the clients that are connected, then the result as ONNX where `out` says."""

from pathlib import Path

from flwr.app import ArrayRecord, Context
from flwr.serverapp import Grid, ServerApp
from flwr.serverapp.strategy import FedAvg

from digits import network
from digits.export import write_onnx

app = ServerApp()


@app.main()
def main(grid: Grid, context: Context) -> None:
    config = context.run_config
    strategy = FedAvg(fraction_train=1.0, fraction_evaluate=1.0, min_available_nodes=2)
    result = strategy.start(
        grid=grid,
        initial_arrays=ArrayRecord(network.fresh()),
        num_rounds=int(config["rounds"]),
    )
    weights = result.arrays.to_numpy_ndarrays()
    _, _, x, y = network.digits()
    print(f"held out: accuracy {network.accuracy(weights, x, y):.4f}, n {len(x)}")
    write_onnx(weights, Path(str(config["out"])))
