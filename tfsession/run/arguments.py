"""What a session is made with: its arguments, checked, and what they say before anything runs."""

from __future__ import annotations

import threading
from typing import Any

from tfsession import errors
from tfsession.graph import scopes
from tfsession.graph.graph import Graph
from tfsession.protos import ConfigProto


def checked_arguments(target: Any, graph: Any, config: Any) -> tuple[Graph, bytes, ConfigProto]:
    """Graph, target as bytes, and config, with what None stands for filled in."""
    if graph is None:
        graph = scopes.get_default_graph()
    elif not isinstance(graph, Graph):
        raise TypeError(f"graph must be a tf.Graph, but got {type(graph)}")
    if target is None:
        target = ""
    if not isinstance(target, (str, bytes)):
        hint = ""
        if isinstance(target, ConfigProto):
            hint = '. Did you do "Session(config)" instead of "Session(config=config)"?'
        raise TypeError(f"target must be a string, but got {type(target)}{hint}")
    if config is not None and not isinstance(config, ConfigProto):
        raise TypeError(f"config must be a tf.ConfigProto, but got {type(config)}")
    check_target(target, config)
    copy = ConfigProto()
    if config is not None:
        copy.CopyFrom(config)
    return graph, target if isinstance(target, bytes) else target.encode(), copy


def check_target(target: str | bytes, config: ConfigProto | None) -> None:
    if not target:
        return
    name = target.decode() if isinstance(target, bytes) else target
    text = "" if config is None else str(config).strip()
    raise errors.NotFoundError.of(
        f'No session factory registered for the given session options: {{target: "{name}" config: '
        f"{text}}} Registered factories are {{DIRECT_SESSION}}.",
    )


def text_of(name: Any) -> str:
    """A name given as str or bytes.

    Raises:
      TypeError: it is neither.
    """
    if isinstance(name, bytes):
        return name.decode()
    if not isinstance(name, str):
        raise TypeError(f"Expected binary or unicode string, got {name!r}")
    return name


# Names and versions of the open sessions that have them.
_identities: set[tuple[str, int] | None] = set()
_identities_lock = threading.Lock()


def claim_identity(config: ConfigProto) -> tuple[str, int] | None:
    """Name and version of a session, which no other open session has.

    Raises:
      InvalidArgumentError: the version is negative, or another session has both.
    """
    if not config.experimental.HasField("session_metadata"):
        return None
    metadata = config.experimental.session_metadata
    if metadata.version < 0:
        raise errors.InvalidArgumentError.of(f"Session version shouldn't be negative: {metadata}")
    identity = metadata.name, metadata.version
    with _identities_lock:
        if identity in _identities:
            raise errors.InvalidArgumentError.of(
                f"A session with the same name and version has already been created: {metadata}",
            )
        _identities.add(identity)
    return identity


def passes_switched_off(config: ConfigProto) -> frozenset[str]:
    """The optimisation passes that the config leaves out: folding and merging, at level L0."""
    options = config.graph_options.optimizer_options
    if options.opt_level >= 0:
        return frozenset()
    kept = {
        "fold": options.do_constant_folding,
        "merge": options.do_common_subexpression_elimination,
    }
    return frozenset(name for name, wanted in kept.items() if not wanted)


def release_identity(identity: tuple[str, int] | None) -> None:
    """Lets another session have this name and version."""
    _identities.discard(identity)
