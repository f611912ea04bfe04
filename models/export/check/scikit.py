"""Pipelines of scikit-learn, exported as skl2onnx does by default and without ZipMap."""

import numpy
import onnx
from skl2onnx import to_onnx
from skl2onnx.common.data_types import FloatTensorType, StringTensorType
from sklearn.compose import make_column_transformer
from sklearn.datasets import load_diabetes, load_iris
from sklearn.ensemble import GradientBoostingRegressor
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

OPSET = {"": 17, "ai.onnx.ml": 3}


def iris(zip_map: bool) -> onnx.ModelProto:
    rows, kinds = load_iris(return_X_y=True)
    pipeline = make_pipeline(StandardScaler(), LogisticRegression(random_state=0)).fit(rows.astype(numpy.float32), kinds)
    options = {LogisticRegression: {"zipmap": zip_map}}
    return to_onnx(pipeline, rows[:1].astype(numpy.float32), options=options, target_opset=OPSET)


def regression() -> onnx.ModelProto:
    """Trees: the answer is [rows, 1]."""
    rows, values = load_diabetes(return_X_y=True)
    model = GradientBoostingRegressor(n_estimators=20, random_state=0).fit(rows.astype(numpy.float32), values)
    return to_onnx(model, rows[:1].astype(numpy.float32), target_opset=OPSET)


def table() -> onnx.ModelProto:
    """An input for each column, one of them text; the labels are text as well."""
    random = numpy.random.default_rng(5)
    birds = numpy.array(["ortolan", "linnet", "wren"])
    kinds = random.integers(0, 3, 300)
    rows = numpy.column_stack([birds[kinds].astype(object), random.standard_normal(300) + kinds])
    labels = numpy.where(kinds + rows[:, 1].astype(float) > 2, "large", "small")
    columns = make_column_transformer((OneHotEncoder(handle_unknown="ignore"), [0]), (StandardScaler(), [1]))
    pipeline = make_pipeline(columns, LogisticRegression(random_state=0)).fit(rows, labels)
    types = [("bird", StringTensorType([None, 1])), ("weight", FloatTensorType([None, 1]))]
    return to_onnx(pipeline, initial_types=types, options={LogisticRegression: {"zipmap": False}}, target_opset=OPSET)
