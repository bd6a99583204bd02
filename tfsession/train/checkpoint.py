"""`tf.train.Checkpoint`: variables are saved by what they belong to, not by their names."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from typing import Any

from tfsession.dtypes import int64
from tfsession.formats import tensor_bundle
from tfsession.graph import scopes
from tfsession.graph.build import constant
from tfsession.graph.default_session import get_default_session
from tfsession.graph.operation import Tensor
from tfsession.ops.control import no_op
from tfsession.train import checkpoint_state
from tfsession.train.object_graph import (
    OBJECT_GRAPH_KEY,
    ObjectGraph,
    Tracked,
    is_trackable,
    matches,
    places,
    read_object_graph,
)
from tfsession.train.saveables import SaveableObject, SaveSpec
from tfsession.train.saver import Saver
from tfsession.variables.collections import is_variable_initialized
from tfsession.variables.variable import Variable

__all__ = ["Checkpoint", "CheckpointManager"]


def _session(session: Any, what: str) -> Any:
    """The session that is given, or the default session.

    Raises:
      ValueError: there is none.
    """
    session = session or get_default_session()
    if session is None:
        raise ValueError(f"{what}: there is no default session; pass one as `session`")
    return session


class _StoredGraph(SaveableObject):
    """The graph of objects, a text beside the variables."""

    def __init__(self, content: bytes) -> None:
        with scopes.device("/cpu:0"):
            tensor = constant(content)
        super().__init__(tensor, [SaveSpec(tensor, "", OBJECT_GRAPH_KEY)], OBJECT_GRAPH_KEY)

    def restore(self, restored_tensors: Sequence[Tensor], restored_shapes: Any) -> Any:
        return no_op()


class Checkpoint(Tracked):
    """Objects whose variables are saved together, under the names of the attributes they are.

    Variables, optimizers, layers, other Checkpoints, and lists and dicts of these are saved.

    Source: TensorFlow 1.15 `tf.train.Checkpoint`.
    """

    def __init__(self, **kwargs: Any) -> None:
        """Makes each argument an attribute; others may be set later.

        Raises:
          ValueError: something can not be saved.
        """
        for name, thing in sorted(kwargs.items()):
            if not is_trackable(thing):
                raise ValueError(
                    "`Checkpoint` was expecting a trackable object (an object derived from "
                    f"`TrackableBase`), got {thing}. If you believe this object should be "
                    "trackable (i.e. it is part of the TensorFlow Python API and manages state), "
                    "please open an issue."
                )
            setattr(self, name, thing)
        self._counter: Any = None
        self._increment: Any = None
        self._savers: dict[bytes, Saver] = {}

    def children(self) -> dict[str, Any]:
        """The attributes, and the counter of saves."""
        counter = {} if self._counter is None else {"save_counter": self._counter}
        return {**super().children(), **counter}

    @property
    def save_counter(self) -> Variable:
        """The variable that counts how often `save` has run; made when it is first asked for."""
        if self._counter is None:
            with scopes.device("/cpu:0"):
                self._counter = Variable(
                    0, name="save_counter", dtype=int64, trainable=False, use_resource=True
                )
        counter: Variable = self._counter
        return counter

    def count(self, session: Any) -> int:
        """Counts a save in a session; returns the number."""
        counter = self.save_counter
        if self._increment is None:
            self._increment = counter.assign_add(1, read_value=False)
            self._is_counting = is_variable_initialized(counter)
        if not session.run(self._is_counting):
            session.run(counter.initializer)
        session.run(self._increment)
        return int(session.run(counter))

    def write(self, file_prefix: str, session: Any = None) -> str:
        """Writes a checkpoint of just this name; no state file names it.

        Args:
          file_prefix: its path, without what tells the files apart.
          session: a Session; the default session when None.

        Returns:
          The path.

        Raises:
          ValueError: there is no session.
        """
        session = _session(session, "Checkpoint.write")
        with session.graph.as_default():
            graph = ObjectGraph(self)
            content = graph.message.SerializeToString(deterministic=True)
            saver = self._savers.get(content)
            if saver is None:
                things = {**graph.variables, OBJECT_GRAPH_KEY: _StoredGraph(content)}
                saver = Saver(things, sharded=True, max_to_keep=None, name="checkpoint")
                self._savers[content] = saver
        path = saver.save(session, file_prefix, write_meta_graph=False, write_state=False)
        return str(path)

    def save(self, file_prefix: str, session: Any = None) -> str:
        """Writes a checkpoint with a number, and names it in the file `checkpoint`.

        Args:
          file_prefix: its path, without the number.
          session: a Session; the default session when None.

        Returns:
          The path, as `restore` takes it.

        Raises:
          ValueError: there is no session.
        """
        session = _session(session, "Checkpoint.save")
        with session.graph.as_default():
            number = self.count(session)
        path = self.write(f"{file_prefix}-{number}", session)
        checkpoint_state.update_checkpoint_state_internal(
            os.path.dirname(file_prefix), path, [path], save_relative_paths=True
        )
        return path

    def restore(self, save_path: str | None) -> CheckpointLoadStatus:
        """Finds the objects of a checkpoint again; what is returned restores them.

        Args:
          save_path: what `save` returned; None: nothing is restored.

        Returns:
          An object whose `run_restore_ops` or `initialize_or_restore` restores the values.

        Raises:
          NotFoundError: there is no such checkpoint.
          DataLossError: it is damaged.
        """
        if save_path is None:
            return InitializationOnlyStatus(self, None)
        self.save_counter  # noqa: B018  # it is restored, too
        if read_object_graph(save_path) is None:
            return NameBasedSaverStatus(self, save_path)
        return CheckpointLoadStatus(self, save_path)


# ---- What has been restored ----


class CheckpointLoadStatus:
    """The outcome of `Checkpoint.restore`."""

    def __init__(self, root: Checkpoint, path: str | None) -> None:
        self._root = root
        self._path = path
        self._stored = None if path is None else read_object_graph(path)
        self._saver: Saver | None = None
        self._keys: set[str] = set()

    def _bound(self) -> dict[int, Any]:
        """The objects of the checkpoint that are there now."""
        return {} if self._stored is None else matches(self._stored, self._root)

    def _values(self) -> dict[str, Any]:
        """The variables that get a value, by its key."""
        nodes = [] if self._stored is None else self._stored.nodes
        return {
            attribute.checkpoint_key: thing
            for number, thing in self._bound().items()
            for attribute in nodes[number].attributes
            if isinstance(thing, Variable)
        }

    def _others(self) -> list[Any]:
        """The variables that belong to the root and get no value."""
        restored = {id(variable) for variable in self._values().values()}
        graph = ObjectGraph(self._root)
        return [v for v in graph.variables.values() if id(v) not in restored]

    def assert_consumed(self) -> CheckpointLoadStatus:
        """Checks that the objects of the checkpoint are those of the program.

        Raises:
          AssertionError: there are others.
        """
        bound = self._bound()
        for number, place, node in () if self._stored is None else places(self._stored):
            if number not in bound:
                raise AssertionError(f"Unresolved object in checkpoint {place}: {node}")
        others = self._others()
        if others:
            raise AssertionError(f"Object not assigned a value from checkpoint: {others[0]}")
        return self

    def assert_existing_objects_matched(self) -> CheckpointLoadStatus:
        """Checks that every variable of the program gets a value.

        Raises:
          AssertionError: one does not.
        """
        others = [v for v in self._others() if v is not self._root.save_counter]
        if others:
            raise AssertionError(
                "Some Python objects were not bound to checkpointed values, likely due to changes "
                f"in the Python program: {others}"
            )
        return self

    def assert_nontrivial_match(self) -> CheckpointLoadStatus:
        """Checks that something beside the root was found.

        Raises:
          AssertionError: nothing was.
        """
        found = [t for t in self._bound().values() if t is not self._root.save_counter]
        if len(found) <= 1:
            raise AssertionError("Nothing except the root object matched a checkpointed value.")
        return self

    def expect_partial(self) -> CheckpointLoadStatus:
        """This object: what is not restored is never complained about here."""
        return self

    def run_restore_ops(self, session: Any = None) -> None:
        """Gives the variables their values.

        Args:
          session: a Session; the default session when None.

        Raises:
          InvalidArgumentError: a variable has another shape or dtype.
        """
        session = _session(session, "run_restore_ops")
        values = self._values()
        if not values:
            return
        if self._saver is None or set(values) != self._keys:
            with session.graph.as_default():
                self._saver = Saver(values, max_to_keep=None, name="checkpoint_restore")
            self._keys = set(values)
        saver_def = self._saver.saver_def
        session.run(saver_def.restore_op_name, {saver_def.filename_tensor_name: self._path})

    def initialize_or_restore(self, session: Any = None) -> None:
        """Gives the variables their values, and all others their initial values.

        Args:
          session: a Session; the default session when None.
        """
        session = _session(session, "initialize_or_restore")
        session.run([variable.initializer for variable in self._others()])
        self.run_restore_ops(session)


class InitializationOnlyStatus(CheckpointLoadStatus):
    """The outcome of restoring nothing: variables may be initialised."""

    def _nothing(self) -> AssertionError:
        return AssertionError(
            "No checkpoint specified (save_path=None); nothing is being restored."
        )

    def assert_consumed(self) -> CheckpointLoadStatus:
        raise self._nothing()

    def assert_existing_objects_matched(self) -> CheckpointLoadStatus:
        raise self._nothing()

    def assert_nontrivial_match(self) -> CheckpointLoadStatus:
        raise self._nothing()

    def run_restore_ops(self, session: Any = None) -> None:
        raise self._nothing()

    def initialize_or_restore(self, session: Any = None) -> None:
        session = _session(session, "initialize_or_restore")
        session.run([variable.initializer for variable in self._others()])


class NameBasedSaverStatus(CheckpointLoadStatus):
    """The outcome of restoring a checkpoint of a Saver: variables are found by their names."""

    def _values(self) -> dict[str, Any]:
        graph = ObjectGraph(self._root)
        names = {v.op.name: v for v in graph.variables.values()}
        return {name: v for name, v in names.items() if v is not self._root.save_counter}

    def _others(self) -> list[Any]:
        # A name that the checkpoint lacks is an error when it is restored.
        return []

    def assert_nontrivial_match(self) -> CheckpointLoadStatus:
        return self


# ---- CheckpointManager ----


class CheckpointManager:
    """Keeps the latest checkpoints of a Checkpoint in a folder, and deletes older ones.

    Source: TensorFlow 1.15 `tf.train.CheckpointManager`.
    """

    def __init__(
        self,
        checkpoint: Checkpoint,
        directory: str,
        max_to_keep: int | None,
        keep_checkpoint_every_n_hours: float | None = None,
        checkpoint_name: str = "ckpt",
    ) -> None:
        """Takes up what the folder has.

        Args:
          checkpoint: what is saved.
          directory: the folder.
          max_to_keep: how many checkpoints are kept; None: all.
          keep_checkpoint_every_n_hours: how often one of them is kept for good, in hours.
          checkpoint_name: the beginning of the names of files.

        Raises:
          ValueError: `max_to_keep` is not positive.
        """
        if max_to_keep is not None and max_to_keep <= 0:
            raise ValueError(
                "Expected a positive integer or `None` for `max_to_max_to_keep`, got "
                f"{max_to_keep}."
            )
        self._checkpoint = checkpoint
        self._directory = directory
        self._max_to_keep = max_to_keep
        self._keep_hours = keep_checkpoint_every_n_hours
        self._prefix = os.path.join(directory, checkpoint_name)
        # Path -> when it was written, oldest first.
        self._kept: dict[str, float] = {}
        self._last_preserved = time.time()
        state = checkpoint_state.get_checkpoint_state(directory)
        if state is not None:
            now = time.time()
            times = list(state.all_model_checkpoint_timestamps)
            paths = list(state.all_model_checkpoint_paths)
            times = times if len(times) == len(paths) else [now] * len(paths)
            self._kept = dict(zip(paths, times, strict=True))
            self._last_preserved = state.last_preserved_timestamp or now

    @property
    def latest_checkpoint(self) -> str | None:
        """The path of the latest checkpoint, or None."""
        return next(reversed(self._kept), None)

    @property
    def checkpoints(self) -> list[str]:
        """The paths of the checkpoints that are kept, oldest first."""
        return list(self._kept)

    def save(self, checkpoint_number: Any = None, session: Any = None) -> str:
        """Writes a checkpoint, and deletes the one that has to go for it.

        Args:
          checkpoint_number: its number, or a variable or tensor of it; None: it is counted.
          session: a Session; the default session when None.

        Returns:
          The path.

        Raises:
          ValueError: there is no session.
        """
        session = _session(session, "CheckpointManager.save")
        with session.graph.as_default():
            counted = self._checkpoint.count(session)
        if checkpoint_number is None:
            number = counted
        elif isinstance(checkpoint_number, (Variable, Tensor)):
            number = int(session.run(checkpoint_number))
        else:
            number = int(checkpoint_number)
        path = self._checkpoint.write(f"{self._prefix}-{number}", session)
        self._kept.pop(path, None)
        self._kept[path] = time.time()
        # First the state, so that it never names what is gone.
        old = self._too_many()
        self._record()
        for one in old:
            tensor_bundle.remove(one)
        return path

    def _too_many(self) -> list[str]:
        """Takes out of the list what has to be deleted."""
        removed = []
        while self._max_to_keep is not None and len(self._kept) > self._max_to_keep:
            path = next(iter(self._kept))
            written = self._kept.pop(path)
            is_time = (
                self._keep_hours is not None
                and written - self._keep_hours * 3600 >= self._last_preserved
            )
            if is_time:
                self._last_preserved = written
            else:
                removed.append(path)
        return removed

    def _record(self) -> None:
        checkpoint_state.update_checkpoint_state_internal(
            self._directory,
            next(reversed(self._kept)),
            list(self._kept),
            save_relative_paths=True,
            all_model_checkpoint_timestamps=list(self._kept.values()),
            last_preserved_timestamp=self._last_preserved,
        )
