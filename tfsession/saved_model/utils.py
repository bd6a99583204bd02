"""`tf.saved_model.utils`: tensors of a graph as messages."""

from __future__ import annotations

from typing import Any

from tfsession.graph.composites import SparseTensor
from tfsession.graph.graph import Graph
from tfsession.graph.scopes import get_default_graph
from tfsession.protos import TensorInfo

__all__ = ["build_tensor_info", "get_tensor_from_tensor_info"]


def build_tensor_info(tensor: Any) -> TensorInfo:
    """Describes a tensor.

    Args:
      tensor: a Tensor, SparseTensor or Variable.

    Returns:
      A TensorInfo with name, dtype and static shape.

    Source: TensorFlow 1.15 `tf.saved_model.utils.build_tensor_info`.
    """
    message = TensorInfo(
        dtype=tensor.dtype.as_datatype_enum, tensor_shape=tensor.get_shape().as_proto()
    )
    if isinstance(tensor, SparseTensor):
        message.coo_sparse.values_tensor_name = tensor.values.name
        message.coo_sparse.indices_tensor_name = tensor.indices.name
        message.coo_sparse.dense_shape_tensor_name = tensor.dense_shape.name
    else:
        message.name = tensor.name
    return message


def get_tensor_from_tensor_info(
    tensor_info: TensorInfo, graph: Graph | None = None, import_scope: str | None = None
) -> Any:
    """The tensor that a TensorInfo describes.

    Args:
      tensor_info: the description.
      graph: the graph; the default graph when None.
      import_scope: a name scope that the tensor is in besides its name.

    Returns:
      A Tensor or SparseTensor.

    Raises:
      KeyError: the graph has no such tensor.
      ValueError: the description names none.

    Source: TensorFlow 1.15 `tf.saved_model.utils.get_tensor_from_tensor_info`.
    """
    graph = graph or get_default_graph()

    def tensor(name: str) -> Any:
        return graph.get_tensor_by_name(f"{import_scope}/{name}" if import_scope else name)

    encoding = tensor_info.WhichOneof("encoding")
    if encoding == "name":
        return tensor(tensor_info.name)
    if encoding == "coo_sparse":
        sparse = tensor_info.coo_sparse
        return SparseTensor(
            tensor(sparse.indices_tensor_name),
            tensor(sparse.values_tensor_name),
            tensor(sparse.dense_shape_tensor_name),
        )
    raise ValueError(f"Invalid TensorInfo.encoding: {encoding}")
