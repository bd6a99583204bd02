"""`tf.train.Scaffold`: the operations and the Saver that a managed session needs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tfsession.dtypes import string
from tfsession.graph import scopes
from tfsession.graph.scopes import GraphKeys, add_to_collection, get_collection, name_scope
from tfsession.logging import info
from tfsession.ops.array import concat, constant, stack
from tfsession.ops.control import group
from tfsession.ops.indexing import boolean_mask
from tfsession.ops.lookup import tables_initializer
from tfsession.ops.math import logical_not
from tfsession.ops.summary import merge_all
from tfsession.train.saver import Saver
from tfsession.variables.collections import (
    global_variables,
    global_variables_initializer,
    local_variables_initializer,
    report_uninitialized_variables,
)

__all__ = ["Scaffold", "only_saver"]


class Scaffold:
    """What belongs to a graph that is trained; missing parts are made by `finalize`.

    Source: TensorFlow 1.15 `tf.train.Scaffold`.
    """

    def __init__(
        self,
        init_op: Any = None,
        init_feed_dict: Any = None,
        init_fn: Callable[[Any, Any], Any] | None = None,
        ready_op: Any = None,
        ready_for_local_init_op: Any = None,
        local_init_op: Any = None,
        summary_op: Any = None,
        saver: Any = None,
        copy_from_scaffold: Any = None,
    ) -> None:
        """Creates a scaffold.

        Args:
          init_op: initialises what a checkpoint would have; by default all global variables.
          init_feed_dict: is fed to it.
          init_fn: a function of the scaffold and the session, called behind `init_op`.
          ready_op: a vector of strings, the names of variables that have no value.
          ready_for_local_init_op: the same for global variables.
          local_init_op: initialises what no checkpoint has; by default local variables and tables.
          summary_op: the summaries; by default all of the graph.
          saver: a Saver; by default one of all variables.
          copy_from_scaffold: a Scaffold that has what is not given here.

        Raises:
          TypeError: `copy_from_scaffold` is no Scaffold.
        """
        if copy_from_scaffold and not isinstance(copy_from_scaffold, Scaffold):
            raise TypeError("copy_from_scaffold is not a Scaffold instance.")
        base = copy_from_scaffold

        def chosen(given: Any, name: str) -> Any:
            return getattr(base, name) if base and given is None else given

        self._init_op = chosen(init_op, "_init_op")
        self._init_feed_dict = chosen(init_feed_dict, "_init_feed_dict")
        # Of the scaffold and the session, as it was given: a copy hands in itself.
        self._function = chosen(init_fn, "_function")
        self._ready_op = chosen(ready_op, "_ready_op")
        self._ready_for_local_init_op = chosen(ready_for_local_init_op, "_ready_for_local_init_op")
        self._local_init_op = chosen(local_init_op, "_local_init_op")
        self._summary_op = chosen(summary_op, "_summary_op")
        self._saver = chosen(saver, "_saver")

    def finalize(self) -> Scaffold:
        """Makes what is missing, and finalizes the default graph; returns the scaffold itself.

        Raises:
          RuntimeError: the collection of something that is missing has more than one item.
        """
        get = self.get_or_default
        if self._init_op is None:
            self._init_op = get("init_op", GraphKeys.INIT_OP, _default_init_op)
        if self._ready_op is None:
            self._ready_op = get("ready_op", GraphKeys.READY_OP, _default_ready_op)
        if self._ready_for_local_init_op is None:
            self._ready_for_local_init_op = get(
                "ready_for_local_init_op",
                GraphKeys.READY_FOR_LOCAL_INIT_OP,
                _default_ready_for_local_init_op,
            )
        if self._local_init_op is None:
            self._local_init_op = get(
                "local_init_op", GraphKeys.LOCAL_INIT_OP, self.default_local_init_op
            )
        if self._summary_op is None:
            self._summary_op = get("summary_op", GraphKeys.SUMMARY_OP, merge_all)
        if self._saver is None:
            self._saver = _saver_or_default()
        self._saver.build()
        scopes.get_default_graph().finalize()
        info("Graph was finalized.")
        return self

    @staticmethod
    def get_or_default(
        arg_name: str, collection_key: str, default_constructor: Callable[[], Any]
    ) -> Any:
        """The item of a collection, or a new one that is added to it.

        Args:
          arg_name: the argument of Scaffold that an error speaks of.
          collection_key: the collection.
          default_constructor: makes the new item; None is not added.

        Raises:
          RuntimeError: the collection has more than one item.
        """
        found = get_collection(collection_key)
        if len(found) > 1:
            raise RuntimeError(
                f'More than one item in the collection "{collection_key}". Please indicate which '
                "one to use by passing it to the tf.Scaffold constructor as:  "
                f"tf.Scaffold({arg_name}=item to use)"
            )
        if found:
            return found[0]
        made = default_constructor()
        if made is not None:
            add_to_collection(collection_key, made)
        return made

    @staticmethod
    def default_local_init_op() -> Any:
        """An operation that initialises local variables, tables and local resources."""
        return group(
            local_variables_initializer(),
            tables_initializer(),
            _initializer(GraphKeys.LOCAL_RESOURCES),
        )

    @property
    def init_op(self) -> Any:
        """The operation that initialises what a checkpoint would have."""
        return self._init_op

    @property
    def init_feed_dict(self) -> Any:
        """What is fed to `init_op`."""
        return self._init_feed_dict

    @property
    def init_fn(self) -> Callable[[Any], Any] | None:
        """A function of the session that is called behind `init_op`, or None."""
        function = self._function
        return None if function is None else lambda session: function(self, session)

    @property
    def ready_op(self) -> Any:
        """Names of variables that have no value."""
        return self._ready_op

    @property
    def ready_for_local_init_op(self) -> Any:
        """Names of variables that must have values before `local_init_op` runs."""
        return self._ready_for_local_init_op

    @property
    def local_init_op(self) -> Any:
        """The operation that initialises what no checkpoint has."""
        return self._local_init_op

    @property
    def summary_op(self) -> Any:
        """The summaries, or None."""
        return self._summary_op

    @property
    def saver(self) -> Any:
        """The Saver."""
        return self._saver


# ---- Defaults ----


def _initializer(*collections: str) -> Any:
    """An operation that makes the resources of collections."""
    made = [resource.create for key in collections for resource in get_collection(key)]
    return group(*made, name="init")


def _missing_resources(*collections: str) -> Any:
    """The names of resources that have not been made."""
    resources = [resource for key in collections for resource in get_collection(key)]
    with name_scope("report_uninitialized_resources"), scopes.device("/cpu:0"):
        if not resources:
            return constant([], string, name="Const")
        missing = logical_not(stack([resource.is_initialized for resource in resources]))
        names = constant([resource.handle.name for resource in resources], string)
        return boolean_mask(names, missing)


def _default_init_op() -> Any:
    return group(global_variables_initializer(), _initializer(GraphKeys.RESOURCES))


def _default_ready_op() -> Any:
    variables = report_uninitialized_variables()
    resources = _missing_resources(GraphKeys.RESOURCES, GraphKeys.LOCAL_RESOURCES)
    return concat([variables, resources], 0)


def _default_ready_for_local_init_op() -> Any:
    variables = report_uninitialized_variables(global_variables())
    return concat([variables, _missing_resources(GraphKeys.RESOURCES)], 0)


def _saver_or_default() -> Any:
    saver = only_saver()
    if saver is None:
        saver = Saver(sharded=True, allow_empty=True)
        add_to_collection(GraphKeys.SAVERS, saver)
    return saver


def only_saver() -> Any:
    """The Saver in the collection of the default graph, or None.

    Raises:
      RuntimeError: there are several.
    """
    found = get_collection(GraphKeys.SAVERS)
    if len(found) > 1:
        raise RuntimeError(
            f"More than one item in collection {GraphKeys.SAVERS}. Please indicate which one to "
            "use by passing it to the constructor."
        )
    return found[0] if found else None
