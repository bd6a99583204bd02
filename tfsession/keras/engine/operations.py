"""Plain operations between layers of Keras: each becomes a layer, so that networks find them."""

from __future__ import annotations

from typing import Any

from tfsession.graph.build import convert_to_tensor
from tfsession.graph.importer import import_graph_def
from tfsession.graph.operation import Operation, Tensor
from tfsession.keras.backend.state import GraphFunction
from tfsession.layers.abstract import Layer, leads_from_keras
from tfsession.layers.nodes import Node
from tfsession.protos import GraphDef, NodeDef

__all__ = ["TensorFlowOpLayer", "connect_operations"]


class TensorFlowOpLayer(Layer):
    """An operation of the graph, as a layer.

    Args:
      node_def: the operation, as a NodeDef or as its dict.
      name: the name of the operation; the layer's has "tf_op_layer_" before it.
      constants: the values of those inputs that no layer of Keras has made, by number.
      trainable: whether it is trained.
      dtype: kept.

    Source: TensorFlow 1.15 `tf.keras` `TensorFlowOpLayer`.
    """

    def __init__(
        self,
        node_def: Any,
        name: str,
        constants: Any = None,
        trainable: bool = True,
        dtype: Any = None,
    ) -> None:
        super().__init__(name=f"tf_op_layer_{name}", trainable=trainable, dtype=dtype)
        if isinstance(node_def, dict):
            from google.protobuf import json_format

            node_def = json_format.ParseDict(node_def, NodeDef())
        self.node_def = node_def
        self.constants = {int(index): value for index, value in (constants or {}).items()}
        self.built = True

    def call(self, inputs: Any) -> Any:
        """The operation, made anew on other inputs."""
        given = list(inputs) if isinstance(inputs, (list, tuple)) else [inputs]
        for index in sorted(self.constants):
            given.insert(index, self.constants[index])
        node = NodeDef()
        node.CopyFrom(self.node_def)
        del node.input[:]
        node.input.extend(f"input_{index}" for index in range(len(given)))
        graph_def = GraphDef(node=[node])
        tensors = {f"input_{i}:0": _tensor(x) for i, x in enumerate(given)}
        found = import_graph_def(graph_def, tensors, [node.name], name="")
        assert found is not None
        (op,) = found
        return op.outputs[0] if len(op.outputs) == 1 else list(op.outputs)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        from google.protobuf import json_format

        config = super().get_config()
        config["name"] = config["name"].removeprefix("tf_op_layer_")
        config["node_def"] = json_format.MessageToDict(
            self.node_def, preserving_proto_field_name=True
        )
        config["constants"] = dict(self.constants)
        return config


def _tensor(value: Any) -> Any:
    return value if isinstance(value, Tensor) else convert_to_tensor(value)


def connect_operations(tensors: list[Any]) -> None:
    """Makes layers of the operations that lead to tensors from results of layers of Keras."""
    for tensor in tensors:
        if isinstance(tensor, Tensor) and not hasattr(tensor, "_keras_history"):
            _connect(tensor.op)


def _connect(op: Operation) -> None:
    # A stack instead of recursion: there may be long chains of operations.
    pending = [op]
    while pending:
        current = pending[-1]
        missing = [x.op for x in current.inputs if _is_between(x)]
        if missing:
            pending.extend(missing)
            continue
        pending.pop()
        if not any(hasattr(x, "_keras_history") for x in current.outputs):
            _make_layer(current)


def _is_between(x: Tensor) -> bool:
    return not hasattr(x, "_keras_history") and leads_from_keras([x])


def _make_layer(op: Operation) -> None:
    inputs = [x for x in op.inputs if hasattr(x, "_keras_history")]
    others = [i for i, x in enumerate(op.inputs) if not hasattr(x, "_keras_history")]
    values = [GraphFunction([], op.inputs[i])([]) for i in others]
    layer = TensorFlowOpLayer(op.node_def, op.name, dict(zip(others, values, strict=True)))
    Node(layer, inputs, list(op.outputs))
