"""The global step: the variable that counts training steps."""

from __future__ import annotations

from typing import Any

from tfsession.dtypes import int64
from tfsession.graph import scopes
from tfsession.graph.graph import Graph
from tfsession.graph.operation import Tensor
from tfsession.graph.scopes import GraphKeys
from tfsession.ops.initializers import zeros_initializer
from tfsession.run.session import BaseSession
from tfsession.variables.scope import get_variable
from tfsession.variables.variable import Variable, VariableAggregation

__all__ = [
    "assert_global_step",
    "create_global_step",
    "get_global_step",
    "get_or_create_global_step",
    "global_step",
]

# The collection of what `global_step_read` has made.
_READ = "global_step_read_op_cache"


def global_step(sess: BaseSession, global_step_tensor: Any) -> int:
    """The value of the global step in a session, as an int.

    Args:
      sess: a Session.
      global_step_tensor: the global step: a Variable or a Tensor.

    Source: TensorFlow 1.15 `tf.train.global_step`.
    """
    return int(sess.run(global_step_tensor))


def get_global_step(graph: Graph | None = None) -> Any:
    """The global step of a graph, or None.

    Args:
      graph: the default graph when None.

    Raises:
      TypeError: what is called ``global_step`` is not an integer scalar.

    Source: TensorFlow 1.15 `tf.train.get_global_step`.
    """
    graph = graph or scopes.get_default_graph()
    found = graph.get_collection(GraphKeys.GLOBAL_STEP)
    step: Any
    if len(found) == 1:
        step = found[0]
    elif not found:
        try:
            step = graph.get_tensor_by_name("global_step:0")
        except KeyError:
            return None
    else:
        return None
    assert_global_step(step)
    return step


def create_global_step(graph: Graph | None = None) -> Any:
    """Makes the global step of a graph: an int64 variable that starts at 0.

    Args:
      graph: the default graph when None.

    Raises:
      ValueError: there is one already.

    Source: TensorFlow 1.15 `tf.train.create_global_step`.
    """
    return make_global_step(graph or scopes.get_default_graph())


def make_global_step(graph: Graph, use_resource: bool | None = None) -> Any:
    """The same; `use_resource` says of which kind the variable is."""
    if get_global_step(graph) is not None:
        raise ValueError('"global_step" already exists.')
    with graph.as_default(), graph.name_scope(None):
        return get_variable(
            GraphKeys.GLOBAL_STEP,
            shape=[],
            use_resource=use_resource,
            dtype=int64,
            initializer=zeros_initializer(),
            trainable=False,
            collections=[GraphKeys.GLOBAL_VARIABLES, GraphKeys.GLOBAL_STEP],
            aggregation=VariableAggregation.ONLY_FIRST_REPLICA,
        )


def get_or_create_global_step(graph: Graph | None = None) -> Any:
    """The global step of a graph, made when there is none.

    Source: TensorFlow 1.15 `tf.train.get_or_create_global_step`.
    """
    graph = graph or scopes.get_default_graph()
    step = get_global_step(graph)
    return create_global_step(graph) if step is None else step


def global_step_read(user: str) -> Tensor:
    """The value of the global step, for hooks; each graph has one such tensor.

    Args:
      user: the class that an error speaks of.

    Raises:
      RuntimeError: the graph has no global step.
    """
    found = scopes.get_collection(_READ)
    if found:
        return found[0]  # type: ignore[no-any-return]
    step = get_global_step()
    if step is None:
        raise RuntimeError(f"Global step should be created to use {user}.")
    with scopes.name_scope(None), scopes.name_scope(f"{step.op.name}/"):
        value = step.initialized_value() if isinstance(step, Variable) else step
        # A sum is a value of its own, and no memory of the variable that the step changes.
        read: Tensor = value + 0
    scopes.add_to_collection(_READ, read)
    return read


def assert_global_step(global_step_tensor: Any) -> None:
    """Checks that something can be the global step.

    Raises:
      TypeError: it is neither Variable nor Tensor, or not an integer scalar.

    Source: TensorFlow 1.15 `tf.train.assert_global_step`.
    """
    if not isinstance(global_step_tensor, (Variable, Tensor)):
        raise TypeError(
            f'Existing "global_step" must be a Variable or Tensor: {global_step_tensor}.'
        )
    if not global_step_tensor.dtype.base_dtype.is_integer:
        raise TypeError(
            f'Existing "global_step" does not have integer type: {global_step_tensor.dtype}'
        )
    shape = global_step_tensor.get_shape()
    if shape.ndims != 0 and shape.is_fully_defined():
        raise TypeError(f'Existing "global_step" is not scalar: {shape}')
