"""The graph that a script builds, without the work that it would do with it.

The script runs as `tfsession run` would run it, until one of its sessions is asked for more than
initial values of variables and tables; then it is stopped. Nothing is computed: initializers are
skipped. What the script prints goes to stderr.
"""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tfsession.cli.run import execute_script
from tfsession.graph.graph import Graph
from tfsession.graph.operation import Operation
from tfsession.graph.scopes import get_default_graph
from tfsession.protos import ConfigProto
from tfsession.run.fetches import resolve
from tfsession.run.runner import Runner
from tfsession.run.session import BaseSession


@dataclass(frozen=True)
class ScriptGraph:
    """What a script has built.

    Attributes:
      graph: of the session that stopped the script; of the last session where none did; the
        default graph where there was no session.
      config: of that session.
    """

    graph: Graph
    config: ConfigProto


class _Stopped(BaseException):
    """Ends a script; not an Exception, so that its own handlers let it pass."""


def graph_of_script(
    path: str, arguments: Sequence[str] = (), environ: Mapping[str, str | None] | None = None
) -> ScriptGraph:
    """Runs a script until its graph is there.

    Args:
      path: the script.
      arguments: what it finds in `sys.argv[1:]`.
      environ: environment variables to set for it, or to unset where the value is None.

    Raises:
      SystemExit: the script exits with an error before any session runs.
      Exception: whatever else the script raises.
    """
    watch = _Watch()
    with _environment(environ or {}), watch.of_sessions():
        try:
            with contextlib.redirect_stdout(sys.stderr):
                execute_script(path, arguments)
        except _Stopped:
            pass
        except SystemExit as end:
            if end.code and watch.asked is None:
                raise
    return watch.asked or watch.made or ScriptGraph(get_default_graph(), ConfigProto())


class _Watch:
    """Sees what the sessions of a script are made for and asked for.

    Attributes:
      made: the last session that was made.
      asked: the session that was asked to run something.
    """

    def __init__(self) -> None:
        self.made: ScriptGraph | None = None
        self.asked: ScriptGraph | None = None
        self._thread = threading.get_ident()
        self._initialized: set[Operation] = set()

    def of_sessions(self) -> contextlib.ExitStack:
        """Takes the place of the methods that make and run sessions, inside a `with` block."""
        watch = self
        make, run = BaseSession.__init__, BaseSession._run

        def made(session: BaseSession, *arguments: Any, **options: Any) -> None:
            make(session, *arguments, **options)
            watch.made = ScriptGraph(session.graph, session._runner.config)

        def asked(
            session: BaseSession, fetches: Any, feed_dict: Any, options: Any, run_metadata: Any
        ) -> Any:
            session._runner.check_open()
            wanted = resolve(session.graph, fetches)
            if feed_dict or wanted.tensors or not watch.initializes(wanted.operations):
                return run(session, fetches, feed_dict, options, run_metadata)
            return wanted.assemble([])

        def stopped(runner: Runner, *_: Any, **__: Any) -> None:
            watch.stop(runner)

        stack = contextlib.ExitStack()
        places: tuple[tuple[type, str, Any], ...] = (
            (BaseSession, "__init__", made),
            (BaseSession, "_run", asked),
            # Every way to run something comes by one of these.
            (Runner, "check_graph", stopped),
            (Runner, "plan", stopped),
        )
        for owner, name, method in places:
            stack.callback(setattr, owner, name, getattr(owner, name))
            setattr(owner, name, method)
        return stack

    def initializes(self, operations: Sequence[Operation]) -> bool:
        """Says whether operations only give initial values, and were not asked for before."""
        again = not self._initialized.isdisjoint(operations)
        self._initialized.update(operations)
        return not again and all(map(_is_initializer, operations))

    def stop(self, runner: Runner) -> None:
        """Ends the script, or the thread where it is not the script's own."""
        of_script = threading.get_ident() == self._thread
        if of_script or self.asked is None:
            self.asked = ScriptGraph(runner.graph, runner.config)
        raise _Stopped if of_script else SystemExit


def _is_initializer(op: Operation) -> bool:
    waiting, seen = [op], {op}
    while waiting:
        one = waiting.pop()
        if one.op_def_.only_orders:
            waiting += [before for before in one.control_inputs if before not in seen]
            seen.update(one.control_inputs)
        elif not one.op_def_.initializes:
            return False
    return True


@contextlib.contextmanager
def _environment(changes: Mapping[str, str | None]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in changes}
    _set_environment(changes)
    try:
        yield
    finally:
        _set_environment(before)


def _set_environment(values: Mapping[str, str | None]) -> None:
    for name, value in values.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value
