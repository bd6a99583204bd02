"""`tf.saved_model.main_op`: operations that a SavedModel runs when it has been loaded."""

from __future__ import annotations

from typing import Any

from tfsession.graph import scopes
from tfsession.graph.operation import Operation
from tfsession.ops.control import group
from tfsession.ops.lookup import tables_initializer
from tfsession.variables.collections import (
    global_variables_initializer,
    local_variables_initializer,
)

__all__ = ["main_op", "main_op_with_restore"]


def main_op() -> Operation:
    """An operation that initialises variables and tables.

    Source: TensorFlow 1.15 `tf.saved_model.main_op.main_op`.
    """
    return group(
        global_variables_initializer(), local_variables_initializer(), tables_initializer()
    )


def main_op_with_restore(restore_op_name: Any) -> Operation:
    """An operation that initialises variables and tables, and then restores.

    Args:
      restore_op_name: the operation that restores, or its name.

    Source: TensorFlow 1.15 `tf.saved_model.main_op.main_op_with_restore`.
    """
    with scopes.control_dependencies([main_op()]):
        restore = scopes.get_default_graph().as_graph_element(restore_op_name)
        return group(restore)
