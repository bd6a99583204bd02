"""Queue runners: threads that fill a queue by running its enqueue operations."""

from __future__ import annotations

import logging
import threading
import weakref
from collections.abc import Sequence
from typing import Any

from tfsession import errors, protos
from tfsession.graph.default_session import Runs, get_default_session
from tfsession.graph.operation import Operation
from tfsession.graph.proto_functions import register_proto_function
from tfsession.graph.scopes import (
    GraphKeys,
    add_to_collection,
    get_collection,
    get_default_graph,
    prepend_name_scope,
    strip_name_scope,
)
from tfsession.ops.queue import QueueBase
from tfsession.resources.cancellation import session_closed
from tfsession.resources.queues import closing_because
from tfsession.run.session import BaseSession
from tfsession.train.coordinator import Coordinator

__all__ = ["QueueRunner", "add_queue_runner", "start_queue_runners"]

logger = logging.getLogger("tfsession")


class QueueRunner:
    """What keeps a queue filled: enqueue operations, each run in a loop in a thread of its own.

    Attributes:
      queue: the queue.
      enqueue_ops: the operations that fill it.
      close_op: the operation that closes it when all threads have come to the end of their data.
      cancel_op: the operation that closes it, and lets waiting enqueues fail, on a stop.
      name: the name of the queue's operation.

    Source: TensorFlow 1.15 `tf.train.QueueRunner`.
    """

    def __init__(
        self,
        queue: QueueBase | None = None,
        enqueue_ops: Sequence[Operation] | None = None,
        close_op: Operation | None = None,
        cancel_op: Operation | None = None,
        queue_closed_exception_types: Any = None,
        queue_runner_def: protos.QueueRunnerDef | None = None,
        import_scope: str | None = None,
    ) -> None:
        """Creates a runner, from its parts or from a message.

        Args:
          queue: a queue.
          enqueue_ops: operations that fill it; each gets a thread.
          close_op: `queue.close()` when None.
          cancel_op: `queue.close(cancel_pending_enqueues=True)` when None.
          queue_closed_exception_types: a tuple of types of errors that mean the end of the data;
            (OutOfRangeError,) when None.
          queue_runner_def: a QueueRunnerDef, in place of all of these.
          import_scope: a name scope put before the names in `queue_runner_def`.

        Raises:
          ValueError: the queue or the operations are missing, or the message is given too.
          TypeError: `queue_closed_exception_types` is no tuple of error types.
        """
        if queue_runner_def:
            if queue or enqueue_ops:
                raise ValueError("queue_runner_def and queue are mutually exclusive.")
            self._init_from_proto(queue_runner_def, import_scope)
        else:
            self._init_from_args(
                queue, enqueue_ops, close_op, cancel_op, queue_closed_exception_types
            )
        # The lock guards what follows.
        self._lock = threading.Lock()
        self._running: weakref.WeakKeyDictionary[Runs, int] = weakref.WeakKeyDictionary()
        self._exceptions_raised: list[BaseException] = []

    def _init_from_args(
        self,
        queue: QueueBase | None,
        enqueue_ops: Sequence[Operation] | None,
        close_op: Operation | None,
        cancel_op: Operation | None,
        types: Any,
    ) -> None:
        if not queue or not enqueue_ops:
            raise ValueError("Must provide queue and enqueue_ops.")
        self._queue = queue
        self._enqueue_ops = list(enqueue_ops)
        self._close_op = queue.close() if close_op is None else close_op
        if cancel_op is None:
            cancel_op = queue.close(cancel_pending_enqueues=True)
        self._cancel_op = cancel_op
        if types is None:
            types = (errors.OutOfRangeError,)
        if (
            not isinstance(types, tuple)
            or not types
            or not all(isinstance(t, type) and issubclass(t, errors.OpError) for t in types)
        ):
            raise TypeError(
                "queue_closed_exception_types, when provided, must be a tuple of tf.error types, "
                f"but saw: {types}"
            )
        self._queue_closed_exception_types = types
        self._name: str = queue.queue_ref.op.name

    def _init_from_proto(self, message: protos.QueueRunnerDef, import_scope: str | None) -> None:
        if not isinstance(message, protos.QueueRunnerDef):
            raise TypeError(f"QueueRunner: {message!r} is not a QueueRunnerDef")
        graph = get_default_graph()

        def element(name: str) -> Any:
            return graph.as_graph_element(prepend_name_scope(name, import_scope))

        self._queue = element(message.queue_name)
        self._enqueue_ops = [element(name) for name in message.enqueue_op_name]
        self._close_op = element(message.close_op_name)
        self._cancel_op = element(message.cancel_op_name)
        self._queue_closed_exception_types = tuple(
            [
                errors.exception_type_from_error_code(code)
                for code in message.queue_closed_exception_types
            ]
        ) or (errors.OutOfRangeError,)
        self._name = self._queue.name

    @property
    def queue(self) -> QueueBase | Operation:
        """The queue; the operation that makes it, where the runner was made from a message."""
        return self._queue

    @property
    def enqueue_ops(self) -> list[Operation]:
        """The operations that fill the queue."""
        return self._enqueue_ops

    @property
    def close_op(self) -> Any:
        """The operation that closes the queue."""
        return self._close_op

    @property
    def cancel_op(self) -> Any:
        """The operation that closes the queue and cancels enqueues that wait."""
        return self._cancel_op

    @property
    def queue_closed_exception_types(self) -> tuple[Any, ...]:
        """The types of errors that mean the end of the data."""
        return self._queue_closed_exception_types

    @property
    def exceptions_raised(self) -> list[BaseException]:
        """The errors that threads without a coordinator ended with."""
        return self._exceptions_raised

    @property
    def name(self) -> str:
        """The name of the queue's operation."""
        return self._name

    # -- Threads --

    def create_threads(
        self,
        sess: Runs,
        coord: Coordinator | None = None,
        daemon: bool = False,
        start: bool = False,
    ) -> list[threading.Thread]:
        """Creates the threads that fill the queue in a session.

        Args:
          sess: the Session.
          coord: the Coordinator that stops them and hears of their errors, or None.
          daemon: whether the program may end while they run.
          start: whether to start them.

        Returns:
          A thread for each enqueue operation, and with a coordinator one that closes the queue on a
          stop; none when those of an earlier call still run.
        """
        with self._lock:
            if self._running.get(sess, 0) > 0:
                return []
            self._running[sess] = len(self._enqueue_ops)
            self._exceptions_raised = []
        threads = [
            threading.Thread(
                target=self._run,
                args=(sess, enqueue, coord),
                name=f"QueueRunnerThread-{self.name}-{enqueue.name}",
            )
            for enqueue in self._enqueue_ops
        ]
        if coord is not None:
            threads.append(
                threading.Thread(
                    target=self._close_on_stop,
                    args=(sess, self._cancel_op, coord),
                    name=f"QueueRunnerThread-{self.name}-close_on_stop",
                )
            )
        for thread in threads:
            if coord is not None:
                coord.register_thread(thread)
            if daemon:
                thread.daemon = True
            if start:
                thread.start()
        return threads

    def _run(self, sess: Runs, enqueue_op: Operation, coord: Coordinator | None = None) -> None:
        """Runs one enqueue operation until the coordinator stops or the data ends."""
        is_counted = True
        try:
            while coord is None or not coord.should_stop():
                try:
                    self._enqueue(sess, enqueue_op)
                except self._queue_closed_exception_types:
                    with self._lock:
                        self._running[sess] -= 1
                        is_counted = False
                        is_last = self._running[sess] == 0
                    if is_last:
                        self._close(sess, self._close_op, coord)
                    return
        except Exception as error:
            if coord is None:
                logger.error("Exception in QueueRunner: %s", error)
                with self._lock:
                    self._exceptions_raised.append(error)
                raise
            coord.request_stop(error)
        finally:
            if is_counted:
                with self._lock:
                    self._running[sess] -= 1

    def _enqueue(self, sess: Runs, enqueue_op: Operation) -> None:
        """Runs an enqueue operation.

        Raises:
          CancelledError: the session is closed, as when it is closed while the operation waits.
        """
        try:
            self._run_enqueue(sess, enqueue_op)
        except RuntimeError:
            if not getattr(sess, "_closed", False):
                raise
            raise session_closed() from None

    def _run_enqueue(self, sess: Runs, enqueue_op: Operation) -> None:
        """Runs an enqueue operation; what feeds it overrides this."""
        sess.run(enqueue_op)

    def _close(self, sess: Runs, op: Operation, coord: Coordinator | None) -> None:
        """Runs an operation that closes the queue; it may be closed already, or the session be.

        Whoever then asks the queue for more learns from the error which failure ended the input.
        """
        failure = next(iter(self._exceptions_raised), None)
        if coord is not None:
            failure = coord.requested_exception
        try:
            with closing_because(None if failure is None else _reason(failure)):
                sess.run(op)
        except Exception as error:
            logger.debug("Ignored exception: %s", error)

    def _close_on_stop(self, sess: Runs, cancel_op: Operation, coord: Coordinator) -> None:
        coord.wait_for_stop()
        self._close(sess, cancel_op, coord)

    # -- Messages --

    def to_proto(self, export_scope: str | None = None) -> protos.QueueRunnerDef | None:
        """The QueueRunnerDef message; None when the queue is outside `export_scope`."""
        if export_scope is not None and not self.name.startswith(export_scope):
            return None

        def name(element: Any) -> str:
            return strip_name_scope(element.name, export_scope)

        return protos.QueueRunnerDef(
            queue_name=name(self),
            enqueue_op_name=[name(op) for op in self._enqueue_ops],
            close_op_name=name(self._close_op),
            cancel_op_name=name(self._cancel_op),
            queue_closed_exception_types=[
                errors.error_code_from_exception_type(kind)
                for kind in self._queue_closed_exception_types
            ],
        )

    @staticmethod
    def from_proto(
        queue_runner_def: protos.QueueRunnerDef, import_scope: str | None = None
    ) -> QueueRunner:
        """The QueueRunner of a message; its operations are in the default graph."""
        return QueueRunner(queue_runner_def=queue_runner_def, import_scope=import_scope)


register_proto_function(
    GraphKeys.QUEUE_RUNNERS, "QueueRunnerDef", QueueRunner.to_proto, QueueRunner.from_proto
)


def _reason(failure: BaseException) -> str:
    """What the errors of a queue note that was closed after a failure: what failed, and where."""
    op = getattr(failure, "op", None)
    place = "" if op is None else f" (operation {op.name!r})"
    text = f"{type(failure).__name__}: {failure}".partition("\n")[0]
    return f"the queue runner closed the queue after {text}{place}"


def add_queue_runner(qr: QueueRunner, collection: str = GraphKeys.QUEUE_RUNNERS) -> None:
    """Adds a QueueRunner to a collection of the default graph.

    Source: TensorFlow 1.15 `tf.train.add_queue_runner`.
    """
    add_to_collection(collection, qr)


def start_queue_runners(
    sess: Runs | None = None,
    coord: Coordinator | None = None,
    daemon: bool = True,
    start: bool = True,
    collection: str = GraphKeys.QUEUE_RUNNERS,
) -> list[threading.Thread]:
    """Starts the threads of all QueueRunners of a collection of the session's graph.

    Args:
      sess: a Session; the default session when None.
      coord: the Coordinator of the threads, or None.
      daemon: whether the program may end while they run.
      start: False creates them only.
      collection: the collection.

    Returns:
      All threads.

    Raises:
      ValueError: there is no session.
      TypeError: `sess` is no session.

    Source: TensorFlow 1.15 `tf.train.start_queue_runners`.
    """
    if sess is None:
        sess = get_default_session()
        if not sess:
            raise ValueError(
                "Cannot start queue runners: No default session is registered. Use `with "
                "sess.as_default()` or pass an explicit session to "
                "tf.start_queue_runners(sess=sess)"
            )
    if not isinstance(sess, BaseSession):
        if type(sess).__name__ in ("MonitoredSession", "SingularMonitoredSession"):
            # These have started their runners themselves.
            return []
        raise TypeError(f"sess must be a `tf.Session` object. Given class: {sess.__class__}")
    with sess.graph.as_default():
        runners = get_collection(collection)
        if not runners:
            logger.warning(
                "`tf.train.start_queue_runners()` was called when no queue runners were defined. "
                "You can safely remove the call to this deprecated function."
            )
        threads: list[threading.Thread] = []
        for runner in runners:
            threads += runner.create_threads(sess, coord=coord, daemon=daemon, start=start)
    return threads
