"""What each client does in a round: it trains on the digits that it alone has."""

from flwr.app import ArrayRecord, Context, Message, MetricRecord, RecordDict
from flwr.clientapp import ClientApp

from digits import network

app = ClientApp()


def own_digits(context: Context):
    return network.partition(int(context.node_config["partition-id"]), int(context.node_config["partitions"]))


@app.train()
def train(message: Message, context: Context) -> Message:
    x, y = own_digits(context)
    config = context.run_config
    before = message.content["arrays"].to_numpy_ndarrays()
    seed = int(context.node_config["partition-id"])
    weights = network.train(before, x, y, int(config["epochs"]), float(config["rate"]), seed)
    metrics = MetricRecord({"num-examples": len(x), "accuracy": network.accuracy(weights, x, y)})
    return Message(RecordDict({"arrays": ArrayRecord(weights), "metrics": metrics}), reply_to=message)


@app.evaluate()
def evaluate(message: Message, context: Context) -> Message:
    x, y = own_digits(context)
    weights = message.content["arrays"].to_numpy_ndarrays()
    metrics = MetricRecord({"num-examples": len(x), "accuracy": network.accuracy(weights, x, y)})
    return Message(RecordDict({"metrics": metrics}), reply_to=message)
