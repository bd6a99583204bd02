"""The session of notebooks and shells: the default of its thread without a `with` block."""

from __future__ import annotations

import threading
import warnings

from tfsession.graph.default_session import default_sessions
from tfsession.graph.graph import Graph, default_graphs
from tfsession.protos import ConfigProto
from tfsession.run.session import BaseSession


class InteractiveSession(BaseSession):
    """A session that makes itself the default of its thread until it is closed.

    Args:
      target: '' for a session in this process.
      graph: the Graph to run, which then becomes the default graph; the default graph when None.
      config: a ConfigProto; `graph_options.place_pruned_graph` is set on it.

    Source: TensorFlow 1.15 `tf.InteractiveSession`.
    """

    _active_session_count = 0
    _count_lock = threading.Lock()

    def __init__(
        self,
        target: str | bytes | None = "",
        graph: Graph | None = None,
        config: ConfigProto | None = None,
    ) -> None:
        if not config:
            config = ConfigProto()
            config.gpu_options.allow_growth = True
        if isinstance(config, ConfigProto):
            config.graph_options.place_pruned_graph = True
        super().__init__(target, graph, config)
        with InteractiveSession._count_lock:
            if InteractiveSession._active_session_count > 0:
                warnings.warn(
                    "An interactive session is already active. This can cause out-of-memory errors "
                    "in some cases. You must explicitly call `InteractiveSession.close()` to "
                    "release resources held by the other session(s).",
                    stacklevel=2,
                )
            InteractiveSession._active_session_count += 1
        self._counted = True
        default_sessions.items.append(self)
        self._explicit_graph = graph
        if graph is not None:
            default_graphs.items.append(graph)

    def close(self) -> None:
        """Closes the session and stops being the default."""
        super().close()
        if not getattr(self, "_counted", False):
            return
        with InteractiveSession._count_lock:
            self._counted = False
            InteractiveSession._active_session_count -= 1
        if self._explicit_graph is not None:
            default_graphs.remove(self._explicit_graph)
            self._explicit_graph = None
        default_sessions.remove(self)
