"""What happens to a graph between the runs of a session: it grows, and operations are changed."""

from __future__ import annotations

import logging

from tfsession import errors
from tfsession.graph.graph import Graph

logger = logging.getLogger("tfsession")

# Runs in a row that each found a larger graph, before the user is told.
GROWING_RUNS = 30

_EMPTY = "The Session graph is empty.  Add operations to the graph before calling run()."


class GraphChanges:
    """What a session has seen of its graph, and what came after that."""

    def __init__(self, graph: Graph, is_static: bool) -> None:
        """Begins before the first compiled run.

        Args:
          graph: the session's.
          is_static: whether it was said that the graph would not grow after that run.
        """
        self._graph = graph
        self._is_static = is_static
        # Compiled runs in a row that found a larger graph than the one before.
        self._growing_runs = 0
        # The version of the graph when the last run was compiled; 0 before the first.
        self._last_version = 0
        # So many of the graph's mutations have been told, or came too early to matter.
        self._seen_mutations = 0

    def check(self) -> None:
        """Raises where the graph is empty, or has grown though it was said that it would not."""
        version = self._graph.version
        if version == 0:
            raise RuntimeError(_EMPTY)
        if self._is_static and self._last_version and version > self._last_version:
            raise errors.FailedPreconditionError.of(
                "Extending the graph is not supported when `optimize_for_static_graph` is true.",
            )

    def notice(self) -> None:
        """Takes notice of what has happened to the graph since the last compiled run."""
        mutations = self._graph.mutations
        for operation, kind in mutations[self._seen_mutations :]:
            if operation.number <= self._last_version:
                logger.warning(
                    "Operation '%s' was changed by %s after it was run by a session. This mutation "
                    "will have no effect, and will trigger an error in the future. Either don't "
                    "modify nodes after running them or create a new session.",
                    operation.name,
                    kind,
                )
        self._seen_mutations = len(mutations)
        self._notice_growth()

    def _notice_growth(self) -> None:
        """Warns once when every new signature comes with new operations: a loop builds them."""
        version = self._graph.version
        grown = self._last_version and version > self._last_version
        self._growing_runs = self._growing_runs + 1 if grown else 0
        self._last_version = version
        if self._growing_runs == GROWING_RUNS:
            logger.warning(
                "The graph has grown before each of the last %d compiled runs and holds %d "
                "operations now. Operations made inside a training loop stay in the graph and "
                "every step that uses them is compiled anew: build them once, before the loop. "
                "graph.finalize() finds the place.",
                GROWING_RUNS,
                version,
            )
