"""The default graph, and the public functions that open scopes on it."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from tfsession.graph.graph import Graph, default_graphs
from tfsession.graph.operation import Operation, Tensor

Item = TypeVar("Item")


def get_default_graph() -> Graph:
    """The default graph of this thread."""
    return default_graphs.get()


def reset_default_graph() -> None:
    """Replaces the global default graph by a new, empty one.

    Raises:
      AssertionError: inside a `with graph.as_default()` block.
    """
    if default_graphs.items:
        raise AssertionError(
            "Do not use tf.reset_default_graph() to clear nested graphs. If you need a cleared "
            "graph, exit the nesting and create a new graph."
        )
    default_graphs.reset()


def graph_of(values: Any, graph: Graph | None = None) -> Graph:
    """The graph that values belong to, or the default graph.

    Args:
      values: Tensors, Operations, things that stand for them, and anything else, which is ignored.
      graph: the graph they must belong to.

    Raises:
      ValueError: they belong to several graphs.
    """
    first = None
    default = default_graphs.get()
    if graph is None and default.building_function:
        return default
    for value in values or ():
        element = value if isinstance(value, (Tensor, Operation)) else _graph_element(value)
        if element is None:
            continue
        if graph is None:
            graph, first = element.graph, element
        elif element.graph is not graph:
            if first is not None:
                raise ValueError(f"{element} must be from the same graph as {first}.")
            raise ValueError(f"{element} is not from the passed-in graph.")
    return default if graph is None else graph


def _graph_element(value: Any) -> Tensor | Operation | None:
    convert = getattr(value, "_as_graph_element", None)
    if convert is not None:
        element: Tensor | Operation | None = convert()
        return element
    # IndexedSlices and SparseTensor stand for their values.
    inner = getattr(value, "values", None)
    return inner if isinstance(inner, Tensor) else None


class name_scope:  # TensorFlow's name
    """Puts a prefix before the names of operations created inside a `with` block.

    Args:
      name: the scope; `default_name` when None.
      default_name: used when `name` is None; when both are None, nothing changes.
      values: tensors that must be of one graph, in which the scope is opened.

    Source: TensorFlow 1.15 `tf.name_scope`.
    """

    __slots__ = ("_default_name", "_graph_scope", "_name", "_scope", "_values")

    _graph_scope: contextlib.AbstractContextManager[Graph] | None
    _scope: contextlib.AbstractContextManager[str]

    def __init__(
        self, name: str | None, default_name: str | None = None, values: Any = None
    ) -> None:
        if not (default_name is None or isinstance(default_name, str)):
            raise TypeError(
                f"`default_name` type ({type(default_name)}) is not a string type. You likely "
                "meant to pass this into the `values` kwarg."
            )
        self._name = default_name if name is None else name
        self._default_name = default_name
        self._values = values
        self._graph_scope = None

    @property
    def name(self) -> str | None:
        """The name asked for."""
        return self._name

    def __enter__(self) -> str:
        if self._name is None and self._values is not None:
            raise ValueError(
                "At least one of name (None) and default_name (None) must be provided."
            )
        values = [] if self._values is None else self._values
        graph = graph_of(values)
        if graph is not default_graphs.top():
            self._graph_scope = graph.as_default()
            self._graph_scope.__enter__()
        self._scope = graph.name_scope(self._name)
        try:
            return self._scope.__enter__()
        except BaseException:
            if self._graph_scope is not None:
                self._graph_scope.__exit__(None, None, None)
            raise

    def __exit__(self, *exception: Any) -> None:
        self._scope.__exit__(*exception)
        if self._graph_scope is not None:
            self._graph_scope.__exit__(*exception)


def device(device_name_or_function: Any) -> contextlib.AbstractContextManager[None]:
    """`Graph.device` of the default graph."""
    return get_default_graph().device(device_name_or_function)


def control_dependencies(control_inputs: Any) -> contextlib.AbstractContextManager[None]:
    """`Graph.control_dependencies` of the default graph."""
    return get_default_graph().control_dependencies(control_inputs)


def colocate_with(
    op: Any, ignore_existing: bool = False
) -> contextlib.AbstractContextManager[None]:
    """`Graph.colocate_with` of the default graph."""
    return get_default_graph().colocate_with(op, ignore_existing)


def container(container_name: str) -> contextlib.AbstractContextManager[str]:
    """`Graph.container` of the default graph."""
    return get_default_graph().container(container_name)


@contextlib.contextmanager
def init_scope() -> Iterator[None]:
    """Lifts the operations created inside out of control dependencies and control flow."""
    with get_default_graph().control_dependencies(None):
        yield


def op_scope(values: Any, name: str | None, default_name: str | None = None) -> name_scope:
    """The old spelling of `name_scope`."""
    return name_scope(name, default_name, values)


def set_random_seed(seed: int | None) -> None:
    """Sets the graph-level random seed of the default graph."""
    get_default_graph().seed = seed


# ---- Names in messages that are exported from a scope, and imported into one ----


def strip_name_scope(name: str, export_scope: str | None) -> str:
    """A name without a scope before it; the marks `^` and `loc:@` stay."""
    if not export_scope:
        return name
    pattern = rf"([\^]|loc:@|^){re.escape(export_scope.removesuffix('/'))}[\/]+(.*)"
    return re.sub(pattern, r"\1\2", name, count=1)


def prepend_name_scope(name: str, import_scope: str | None) -> str:
    """A name with a scope before it; the marks `^` and `loc:@` stay in front."""
    if not import_scope:
        return name
    scope = import_scope.removesuffix("/")
    return re.sub(r"([\^]|loc:@|^)(.*)", lambda m: f"{m[1]}{scope}/{m[2]}", name, count=1)


# ---- Collections ----


class GraphKeys:
    """The names of the collections that the library itself uses."""

    GLOBAL_VARIABLES = "variables"
    LOCAL_VARIABLES = "local_variables"
    METRIC_VARIABLES = "metric_variables"
    MODEL_VARIABLES = "model_variables"
    TRAINABLE_VARIABLES = "trainable_variables"
    TRAINABLE_RESOURCE_VARIABLES = "trainable_resource_variables"
    SUMMARIES = "summaries"
    QUEUE_RUNNERS = "queue_runners"
    TABLE_INITIALIZERS = "table_initializer"
    ASSET_FILEPATHS = "asset_filepaths"
    MOVING_AVERAGE_VARIABLES = "moving_average_variables"
    REGULARIZATION_LOSSES = "regularization_losses"
    CONCATENATED_VARIABLES = "concatenated_variables"
    SAVERS = "savers"
    WEIGHTS = "weights"
    BIASES = "biases"
    ACTIVATIONS = "activations"
    UPDATE_OPS = "update_ops"
    LOSSES = "losses"
    SAVEABLE_OBJECTS = "saveable_objects"
    RESOURCES = "resources"
    LOCAL_RESOURCES = "local_resources"
    INIT_OP = "init_op"
    LOCAL_INIT_OP = "local_init_op"
    READY_OP = "ready_op"
    READY_FOR_LOCAL_INIT_OP = "ready_for_local_init_op"
    SUMMARY_OP = "summary_op"
    GLOBAL_STEP = "global_step"
    EVAL_STEP = "eval_step"
    TRAIN_OP = "train_op"
    COND_CONTEXT = "cond_context"
    WHILE_CONTEXT = "while_context"
    _SUMMARY_COLLECTION = "_SUMMARY_V2"
    VARIABLES = "variables"


def add_to_collection(name: Any, value: Any) -> None:
    """`Graph.add_to_collection` of the default graph."""
    get_default_graph().add_to_collection(name, value)


def add_to_collections(names: Any, value: Any) -> None:
    """`Graph.add_to_collections` of the default graph."""
    get_default_graph().add_to_collections(names, value)


def get_collection(key: Any, scope: str | None = None) -> list[Any]:
    """`Graph.get_collection` of the default graph."""
    return get_default_graph().get_collection(key, scope)


def get_collection_ref(key: Any) -> list[Any]:
    """`Graph.get_collection_ref` of the default graph."""
    return get_default_graph().get_collection_ref(key)


def get_all_collection_keys() -> list[Any]:
    """`Graph.get_all_collection_keys` of the default graph."""
    return get_default_graph().get_all_collection_keys()


def attachment(graph: Graph, name: str, make: Callable[[], Item]) -> Item:
    """What a module keeps with a graph, made on first use."""
    present: Item | None = graph.attachments.get(name)
    if present is None:
        present = graph.attachments[name] = make()
    return present
