"""The session that layers and models run in, where the program does not hand them one.

The variables that layers make are initialized in it before their first use; a variable that has
been seen to have a value is not asked for it again, in no session.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from tfsession.dtypes import as_dtype
from tfsession.graph import scopes
from tfsession.graph.default_session import get_default_session
from tfsession.graph.graph import Graph
from tfsession.ops.array import placeholder
from tfsession.run.session import Session
from tfsession.variables.collections import is_variable_initialized, variables_initializer
from tfsession.variables.partitions import PartitionedVariable


class _State:
    """What the program has set, or what was made for it."""

    session: Any = None
    initializes = True


_state = _State()


def track_variable(variable: Any) -> None:
    """Takes note of a variable that is to be initialized before its first use."""
    parts = list(variable) if isinstance(variable, PartitionedVariable) else [variable]
    tracked_variables(scopes.get_default_graph()).extend(parts)


def tracked_variables(graph: Graph) -> list[Any]:
    """The variables of a graph that are initialized before their first use."""
    return scopes.attachment(graph, "tracked_variables", list[Any])


def get_session(op_input_list: Any = ()) -> Any:
    """The default session, or the one that was set, or a new one; its variables have values.

    Args:
      op_input_list: tensors whose graph counts, instead of the default one.

    Source: TensorFlow 1.15 `tf.keras.backend.get_session`.
    """
    session = _session(op_input_list)
    if _state.initializes:
        with session.graph.as_default():
            _initialize(session)
    return session


def _session(tensors: Any) -> Any:
    default = get_default_session()
    if default is not None:
        return default
    graph = scopes.graph_of(list(tensors))
    if _state.session is None or _state.session.graph is not graph:
        _state.session = Session(graph=graph)
    return _state.session


def set_session(session: Any) -> None:
    """Makes a session the one that is used where there is no default session.

    Source: TensorFlow 1.15 `tf.keras.backend.set_session`.
    """
    _state.session = session


def manual_variable_initialization(value: bool) -> None:
    """Whether the program initializes the variables of layers itself.

    Source: TensorFlow 1.15 `tf.keras.backend.manual_variable_initialization`.
    """
    _state.initializes = not value


def _initialize(session: Any) -> None:
    """Gives values to the variables that have none."""
    tracked = tracked_variables(session.graph)
    candidates = [v for v in tracked if not getattr(v, "_keras_initialized", False)]
    if not candidates:
        return
    known = session.run([is_variable_initialized(v) for v in candidates])
    missing = [v for v, has_value in zip(candidates, known, strict=True) if not has_value]
    for variable in candidates:
        variable._keras_initialized = True
    if missing:
        session.run(variables_initializer(missing))


# ---- Values of variables ----


def get_values(variables: list[Any]) -> list[Any]:
    """The values of variables, as arrays."""
    values: list[Any] = get_session(variables).run(variables) if variables else []
    return values


def set_values(pairs: Iterable[tuple[Any, Any]]) -> None:
    """Gives variables new values, all in one run.

    Args:
      pairs: variables, each with an array of its shape.
    """
    operations, feeds = [], {}
    for variable, value in pairs:
        dtype = as_dtype(variable.dtype).base_dtype
        value = np.asarray(value, dtype=dtype.as_numpy_dtype)
        feed, operation = _assignment(variable, dtype, value.ndim)
        operations.append(operation)
        feeds[feed] = value
    if operations:
        get_session().run(operations, feed_dict=feeds)


def _assignment(variable: Any, dtype: Any, rank: int) -> tuple[Any, Any]:
    """A placeholder, and the operation that assigns it, which a variable has one of."""
    made = scopes.attachment(variable.graph, "assignments", dict[Any, Any])
    if id(variable) not in made:
        feed = placeholder(dtype, shape=[None] * rank)
        # The variable is kept, so that no other one gets its id.
        made[id(variable)] = (variable, feed, variable.assign(feed))
    _, feed, operation = made[id(variable)]
    return feed, operation
