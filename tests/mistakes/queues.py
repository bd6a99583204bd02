"""Mistakes with queues, readers, queue runners, coordinators and input pipelines."""

from __future__ import annotations

import re

from tests.mistakes.record import Mistake

Q = "Q = tf.FIFOQueue(3, [tf.int32], [[]], name='queue')\n"
CLOSED = Q + "sess.run(Q.close())\n"
NAMED = "N = tf.FIFOQueue(3, [tf.float32, tf.int32], [[], []], names=['a', 'b'], name='n')\n"
SHARED = "sess.run(tf.FIFOQueue(3, tf.float32, [[]], shared_name='SN', name='first').size())\n"
SHUFFLED = (
    "sess.run(tf.RandomShuffleQueue(9, 3, tf.float32, seed=5, shared_name='SN', name='first')"
    ".size())\n"
)
ITEMS = (
    "def items(*names):\n"
    "    queue = tf.FIFOQueue(9, [tf.string], [[]], name='items')\n"
    "    sess.run(queue.enqueue_many([list(names)]))\n"
    "    sess.run(queue.close())\n"
    "    return queue\n"
)

INVALID, CANCELLED, OUT = "InvalidArgumentError", "CancelledError", "OutOfRangeError"

CONSTRUCTION = {
    "lengths of shapes and dtypes": Mistake(
        "1 lengths",
        "tf.FIFOQueue(1, [tf.int32], [[1], [2]])",
        "ValueError",
        "Queue shapes must have the same length as dtypes, received len(shapes)=2, len(dtypes)=1",
    ),
    "partial shape": Mistake(
        "1 partial shapes",
        "tf.FIFOQueue(1, [tf.float32], [[None]])",
        "ValueError",
        "All shapes must be fully defined: [TensorShape([Dimension(None)])]",
    ),
    "partial shape of a shuffling queue": Mistake(
        "1 partial shapes",
        "tf.RandomShuffleQueue(3, 1, [tf.float32], [[None]])",
        "ValueError",
        "All shapes must be fully defined: [TensorShape([Dimension(None)])]",
    ),
    "length of names": Mistake(
        "1 names",
        "tf.FIFOQueue(1, tf.int32, names=['a', 'b'])",
        "ValueError",
        "List of names must have the same length as the list of dtypes, received "
        "len(names)=2,len(dtypes)=1",
    ),
    "padding without shapes": Mistake(
        "1 padding without shapes",
        "tf.PaddingFIFOQueue(1, tf.int32, None)",
        "ValueError",
        "When providing partial shapes, a list of shapes must be provided.",
    ),
    "min_after_dequeue too large": Mistake(
        "1 min_after_dequeue",
        "sess.run(tf.RandomShuffleQueue(3, 3, tf.int32, name='queue').size())",
        INVALID,
        "min_after_dequeue 3 must be < capacity 3",
        "queue",
    ),
    "min_after_dequeue negative": Mistake(
        "1 min_after_dequeue",
        "sess.run(tf.RandomShuffleQueue(3, -1, tf.int32, name='queue').size())",
        INVALID,
        "min_after_dequeue -1 must be >= 0",
        "queue",
    ),
    "from_list of other dtypes": Mistake(
        "1 from_list",
        "tf.QueueBase.from_list(0, [tf.FIFOQueue(1, tf.int32), tf.FIFOQueue(1, tf.float32)])",
        "TypeError",
        "Queues do not have matching component dtypes.",
    ),
    "from_list of other names": Mistake(
        "1 from_list",
        "tf.QueueBase.from_list(0, [tf.FIFOQueue(1, tf.int32, names=['a']),"
        " tf.FIFOQueue(1, tf.int32, names=['b'])])",
        "TypeError",
        "Queues do not have matching component names.",
    ),
    "from_list of nothing": Mistake(
        "1 from_list", "tf.QueueBase.from_list(0, [])", "TypeError", "A list of queues expected"
    ),
    "from_list of no queues": Mistake(
        "1 from_list", "tf.QueueBase.from_list(0, [3])", "TypeError", "A list of queues expected"
    ),
    "from_list of a tuple": Mistake(
        "1 from_list",
        "tf.QueueBase.from_list(0, (tf.FIFOQueue(1, tf.int32),))",
        "TypeError",
        "A list of queues expected",
    ),
    "from_list out of range": Mistake(
        "1 from_list",
        "picked = tf.QueueBase.from_list(i, [tf.FIFOQueue(1, tf.int32)])\n"
        "sess.run(picked.size(), {i: 5})",
        INVALID,
        "indices = 5 is not in [0, 1)",
        "GatherV2",
    ),
}

VALUES = {
    "a list for names": Mistake(
        "2 dicts",
        NAMED + "N.enqueue([1.0, 2])",
        "ValueError",
        "You must enqueue a dictionary in a Queue with names",
    ),
    "rows for names": Mistake(
        "2 dicts",
        NAMED + "N.enqueue_many([[1.0], [2]])",
        "ValueError",
        "You must enqueue a dictionary in a Queue with names",
    ),
    "a dict without names": Mistake(
        "2 dicts",
        Q + "Q.enqueue({'a': 1})",
        "ValueError",
        "Queue must have names to enqueue a dictionary",
    ),
    "other keys": Mistake(
        "2 dicts",
        NAMED + "N.enqueue({'a': 1.0})",
        "ValueError",
        "Keys in dictionary to enqueue do not match names of Queue.  Dictionary: ['a'],"
        "Queue: ['a', 'b']",
    ),
    "static shape of an element": Mistake(
        "2 static shapes",
        "tf.FIFOQueue(1, tf.int32, [[2]]).enqueue([[1, 2, 3]])",
        "ValueError",
        "Shapes (3,) and (2,) are incompatible",
    ),
    "static shape of rows": Mistake(
        "2 static shapes",
        "tf.FIFOQueue(1, tf.int32, [[2]]).enqueue_many([[[1, 2, 3]]])",
        "ValueError",
        "Shapes (3,) and (2,) are incompatible",
    ),
    "a scalar of rows": Mistake(
        "2 static shapes",
        Q + "Q.enqueue_many(1)",
        "ValueError",
        "Shape () must have rank at least 1",
    ),
    "a batch without shapes": Mistake(
        "2 batches need shapes",
        "q = tf.FIFOQueue(1, tf.int32, name='queue')\nsess.run(q.dequeue_many(1, name='take'))",
        INVALID,
        "FIFOQueue's DequeueMany and DequeueUpTo require the components to have specified shapes.",
        "take",
    ),
    "up to some without shapes": Mistake(
        "2 batches need shapes",
        "q = tf.RandomShuffleQueue(2, 0, tf.int32, name='queue')\n"
        "sess.run(q.dequeue_up_to(1, name='take'))",
        INVALID,
        "RandomShuffleQueue's DequeueMany and DequeueUpTo require the components to have specified "
        "shapes.",
        "take",
    ),
    "fewer than none": Mistake(
        "2 negative and zero n",
        Q + "Q.dequeue_many(-1)",
        "ValueError",
        "Input 'n' must be >= 0, but is -1 for 'queue_DequeueMany' (op: 'QueueDequeueManyV2') with "
        "input shapes: [], [] and with computed input tensors: input[1] = <-1>.",
    ),
    "fewer than none, when run": Mistake(
        "2 negative and zero n",
        Q + "sess.run(Q.dequeue_many(i, name='take'), {i: -1})",
        INVALID,
        "DequeueManyOp requested -1 < 0 elements",
        "take",
    ),
    "shape of an element, when run": Mistake(
        "2 checks of a run",
        "q = tf.FIFOQueue(1, tf.float32, [[2]])\nsess.run(q.enqueue([u], name='put'), {u: [1.0]})",
        INVALID,
        "Shape mismatch in tuple component 0. Expected [2], got [1]",
        "put",
    ),
    "shape of a padded element, when run": Mistake(
        "2 checks of a run",
        "q = tf.PaddingFIFOQueue(1, tf.float32, [[2, None]])\n"
        "sess.run(q.enqueue([u], name='put'), {u: [1.0]})",
        INVALID,
        "Shape mismatch in tuple component 0. Expected [2,?], got [1]",
        "put",
    ),
    "shape of rows, when run": Mistake(
        "2 checks of a run",
        "q = tf.FIFOQueue(1, tf.float32, [[2]])\n"
        "sess.run(q.enqueue_many([u], name='put'), {u: [[1.0]]})",
        INVALID,
        "Shape mismatch in tuple component 0. Expected [1,2], got [1,1]",
        "put",
    ),
    "lengths of rows, when run": Mistake(
        "2 checks of a run",
        "q = tf.FIFOQueue(3, [tf.float32, tf.float32])\n"
        "sess.run(q.enqueue_many([u, [1.0]], name='put'), {u: [1.0, 2.0]})",
        INVALID,
        "All input tensors must have the same size in the 0th dimension. Component 1 has 1, and "
        "should have 2",
        "put",
    ),
    "number of components": Mistake(
        "2 checks of a run",
        "q = tf.FIFOQueue(3, [tf.float32, tf.int32])\nsess.run(q.enqueue([1.0], name='put'))",
        INVALID,
        "Signature mismatch, have: resource, float-> expected: resource, float, int32->",
        "put",
    ),
    "dtype of components that are taken": Mistake(
        "2 checks of a run",
        Q + "sess.run(tf.raw_ops.QueueDequeueV2(handle=Q.queue_ref,"
        " component_types=[tf.float32], name='take'))",
        INVALID,
        "Signature mismatch, have: resource->float expected: resource->int32",
        "take",
    ),
}

CLOSING = {
    "closing twice": Mistake(
        "3 second close",
        CLOSED + "sess.run(Q.close(name='again'))",
        CANCELLED,
        "Queue '_0_queue' is already closed.",
        "again",
    ),
    "closing twice a shared queue": Mistake(
        "3 names in texts",
        "S = tf.FIFOQueue(3, tf.int32, shared_name='SN')\nsess.run(S.close())\n"
        "sess.run(S.close(name='again'))",
        CANCELLED,
        "Queue 'SN' is already closed.",
        "again",
    ),
    "enqueue on a closed queue": Mistake(
        "3 enqueue on closed",
        CLOSED + "sess.run(Q.enqueue(1, name='put'))",
        CANCELLED,
        "FIFOQueue '_0_queue' is closed.",
        "put",
    ),
    "enqueue_many on a closed queue": Mistake(
        "3 enqueue on closed",
        CLOSED + "sess.run(Q.enqueue_many([[1, 2]], name='put'))",
        CANCELLED,
        "FIFOQueue '_0_queue' is closed.",
        "put",
    ),
    "dequeue on a closed queue": Mistake(
        "3 dequeue on closed and empty",
        CLOSED + "sess.run(Q.dequeue(name='take'))",
        OUT,
        "FIFOQueue '_0_queue' is closed and has insufficient elements (requested 1, "
        "current size 0)",
        "take",
    ),
    "dequeue_many of too many": Mistake(
        "3 dequeue_many on closed",
        Q + "sess.run(Q.enqueue(1))\nsess.run(Q.close())\nsess.run(Q.dequeue_many(2, name='take'))",
        OUT,
        "FIFOQueue '_0_queue' is closed and has insufficient elements (requested 2, "
        "current size 1)",
        "take",
    ),
    "dequeue_up_to on an empty queue": Mistake(
        "3 dequeue_up_to on closed",
        CLOSED + "sess.run(Q.dequeue_up_to(2, name='take'))",
        OUT,
        "FIFOQueue '_0_queue' is closed and has insufficient elements (requested 2, "
        "current size 0)",
        "take",
    ),
    "timeout of a dequeue": Mistake(
        "3 cancelled while blocked",
        Q + "sess.run(Q.dequeue(), options=tf.RunOptions(timeout_in_ms=20))",
        "DeadlineExceededError",
        "Timed out waiting for notification",
    ),
    "timeout of an enqueue": Mistake(
        "3 cancelled while blocked",
        "q = tf.FIFOQueue(0, tf.int32)\n"
        "sess.run(q.enqueue(1), options=tf.RunOptions(timeout_in_ms=20))",
        "DeadlineExceededError",
        "Timed out waiting for notification",
    ),
}

# The kind of queue and what its texts call it: where one element is concerned, and where several.
for _kind, _arguments, _name, _batch_name in (
    ("PaddingFIFOQueue", "3, tf.int32, [[]]", "FIFOQueue", "PaddingFIFOQueue"),
    ("RandomShuffleQueue", "3, 1, tf.int32, [[]]", "RandomShuffleQueue", "RandomShuffleQueue"),
    ("PriorityQueue", "3, tf.int32, [[]]", "PriorityQueue", "PriorityQueue"),
):
    _closed = f"K = tf.{_kind}({_arguments}, name='k')\nsess.run(K.close())\n"
    _element = "(np.int64(1), 1)" if _kind == "PriorityQueue" else "1"
    _left = "is closed and has insufficient elements (requested"
    CLOSING |= {
        f"enqueue on a closed {_kind}": Mistake(
            "3 kinds in texts",
            f"{_closed}sess.run(K.enqueue({_element}, name='put'))",
            CANCELLED,
            f"{_name} '_0_k' is closed.",
            "put",
        ),
        f"dequeue on a closed {_kind}": Mistake(
            "3 kinds in texts",
            f"{_closed}sess.run(K.dequeue(name='take'))",
            OUT,
            f"{_name} '_0_k' {_left} 1, current size 0)",
            "take",
        ),
        f"dequeue_many on a closed {_kind}": Mistake(
            "3 kinds in texts",
            f"{_closed}sess.run(K.dequeue_many(2, name='take'))",
            OUT,
            f"{_batch_name} '_0_k' {_left} 2, current size 0)",
            "take",
        ),
        f"dequeue_up_to on a closed {_kind}": Mistake(
            "3 kinds in texts",
            f"{_closed}sess.run(K.dequeue_up_to(2, name='take'))",
            OUT,
            f"{_batch_name} '_0_k' {_left} 2, current size 0)",
            "take",
        ),
    }

SHARING = {
    "another capacity": Mistake(
        "3 attributes of shared queues",
        SHARED
        + "sess.run(tf.FIFOQueue(4, tf.float32, [[]], shared_name='SN', name='queue').size())",
        INVALID,
        "Shared queue 'SN' has capacity 3 but requested capacity was 4",
        "queue",
    ),
    "other dtypes": Mistake(
        "3 attributes of shared queues",
        SHARED + "sess.run(tf.FIFOQueue(3, tf.int32, [[]], shared_name='SN', name='queue').size())",
        INVALID,
        "Shared queue 'SN' has component types float but requested component types were int32",
        "queue",
    ),
    "other shapes": Mistake(
        "3 attributes of shared queues",
        SHARED
        + "sess.run(tf.FIFOQueue(3, tf.float32, [[1]], shared_name='SN', name='queue').size())",
        INVALID,
        "Shared queue 'SN' has component shapes [[]] but requested component shapes were [[1]]",
        # The text holds what looks like the name of an operation, in TensorFlow too.
        None,
    ),
    "another minimum": Mistake(
        "3 attributes of shared queues",
        SHUFFLED
        + "sess.run(tf.RandomShuffleQueue(9, 2, tf.float32, seed=5, shared_name='SN', name='queue')"
        ".size())",
        INVALID,
        "Shared queue 'SN' has min_after_dequeue 3 but requested min_after_dequeue was 2.",
        "queue",
    ),
    "other seeds": Mistake(
        "3 attributes of shared queues",
        SHUFFLED
        + "sess.run(tf.RandomShuffleQueue(9, 3, tf.float32, seed=6, shared_name='SN', name='queue')"
        ".size())",
        INVALID,
        re.compile(
            r"Shared queue 'SN' has random seeds \(\d+, 5\) but requested seeds are \(\d+, 6\)\."
        ),
        "queue",
    ),
    "another kind": Mistake(
        "3 attributes of shared queues",
        SHARED
        + "sess.run(tf.RandomShuffleQueue(3, 1, tf.float32, [[]], shared_name='SN', name='queue')"
        ".size())",
        INVALID,
        "Expected FIFOQueue, found RandomShuffleQueueV2",
        "queue",
    ),
}

READERS = {
    "no more items": Mistake(
        "4 queue closed and empty",
        ITEMS + "sess.run(tf.IdentityReader().read(items(), name='read'))",
        OUT,
        "FIFOQueue '_0_items' is closed and has insufficient elements (requested 1, "
        "current size 0)",
        "read",
    ),
    "no more items for read_up_to": Mistake(
        "4 queue closed and empty",
        ITEMS + "sess.run(tf.IdentityReader().read_up_to(items(), 2, name='read'))",
        OUT,
        "FIFOQueue '_0_items' is closed and has insufficient elements (requested 1, "
        "current size 0)",
        "read",
    ),
    "a missing file": Mistake(
        "4 file missing",
        ITEMS + "sess.run(tf.TextLineReader().read(items('nope.txt'), name='read'))",
        "NotFoundError",
        "nope.txt; No such file or directory",
        "read",
    ),
    "a missing whole file": Mistake(
        "4 file missing",
        ITEMS + "sess.run(tf.WholeFileReader().read(items('nope.txt'), name='read'))",
        "NotFoundError",
        "nope.txt; No such file or directory",
        "read",
    ),
    "a missing TFRecord file": Mistake(
        "4 file missing",
        ITEMS + "sess.run(tf.TFRecordReader().read(items('nope.txt'), name='read'))",
        "NotFoundError",
        "nope.txt; No such file or directory",
        "read",
    ),
    "a missing file of fixed records": Mistake(
        "4 file missing",
        ITEMS + "sess.run(tf.FixedLengthRecordReader(2).read(items('nope.txt'), name='read'))",
        "NotFoundError",
        "nope.txt; No such file or directory",
        "read",
    ),
    "items that are no strings": Mistake(
        "4 queue type",
        Q + "sess.run(Q.enqueue(1))\nsess.run(tf.IdentityReader().read(Q, name='read'))",
        INVALID,
        "Expected queue with single string component",
        "read",
    ),
    "items of two components": Mistake(
        "4 queue type",
        "q = tf.FIFOQueue(3, [tf.string, tf.string])\nsess.run(q.enqueue(['a', 'b']))\n"
        "sess.run(tf.IdentityReader().read(q, name='read'))",
        INVALID,
        "Expected single component queue",
        "read",
    ),
    "items of two elements": Mistake(
        "4 queue type",
        "q = tf.FIFOQueue(3, [tf.string])\nsess.run(q.enqueue([['a', 'b']]))\n"
        "sess.run(tf.IdentityReader().read(q, name='read'))",
        INVALID,
        "Expected to dequeue a one-element string tensor",
        "read",
    ),
    "a reader without state": Mistake(
        "4 unsupported state",
        "sess.run(tf.TextLineReader().serialize_state(name='state'))",
        "UnimplementedError",
        "Reader SerializeState",
        "state",
    ),
    "state for a reader without": Mistake(
        "4 unsupported state",
        "sess.run(tf.TextLineReader().restore_state('x', name='state'))",
        "UnimplementedError",
        "Reader RestoreState",
        "state",
    ),
    "bad state": Mistake(
        "4 bad state",
        "sess.run(tf.IdentityReader(name='idr').restore_state('zzz', name='state'))",
        INVALID,
        "Could not parse state for IdentityReader 'idr': zzz",
        "state",
    ),
    "header lines": Mistake(
        "4 negative options",
        "sess.run(tf.TextLineReader(-1, name='reader').num_records_produced())",
        INVALID,
        "skip_header_lines must be >= 0 not -1",
        "reader",
    ),
    "a damaged TFRecord file": Mistake(
        "4 corrupt TFRecord",
        ITEMS
        + "with open(folder + '/bad', 'wb') as file:\n    count = file.write(b'no record at all')\n"
        "sess.run(tf.TFRecordReader().read(items(folder + '/bad'), name='read'))",
        "DataLossError",
        "corrupted record at 0",
        "read",
    ),
}

for _option in ("header_bytes", "footer_bytes", "hop_bytes", "record_bytes"):
    _given = "" if _option == "record_bytes" else "record_bytes=2, "
    READERS[_option] = Mistake(
        "4 negative options",
        f"r = tf.FixedLengthRecordReader({_given}{_option}=-3, name='reader')\n"
        "sess.run(r.num_records_produced())",
        INVALID,
        f"{_option} must be >= 0 not -3",
        "reader",
    )

RUNNERS = {
    "a runner without operations": Mistake(
        "5 constructor",
        Q + "tf.train.QueueRunner(Q, [])",
        "ValueError",
        "Must provide queue and enqueue_ops.",
    ),
    "a runner without a queue": Mistake(
        "5 constructor",
        Q + "tf.train.QueueRunner(enqueue_ops=[Q.enqueue(1)])",
        "ValueError",
        "Must provide queue and enqueue_ops.",
    ),
    "types that are no errors": Mistake(
        "5 constructor",
        Q + "tf.train.QueueRunner(Q, [Q.enqueue(1)], queue_closed_exception_types=5)",
        "TypeError",
        "queue_closed_exception_types, when provided, must be a tuple of tf.error types, but saw: "
        "5",
    ),
    "a runner of both": Mistake(
        "5 constructor",
        Q + "message = tf.train.QueueRunner(Q, [Q.enqueue(1)]).to_proto()\n"
        "tf.train.QueueRunner(Q, [Q.enqueue(1)], queue_runner_def=message)",
        "ValueError",
        "queue_runner_def and queue are mutually exclusive.",
    ),
    "runners without a session": Mistake(
        "5 start_queue_runners",
        "tf.train.start_queue_runners()",
        "ValueError",
        "Cannot start queue runners: No default session is registered. Use `with "
        "sess.as_default()` or pass an explicit session to tf.start_queue_runners(sess=sess)",
    ),
    "runners in what is no session": Mistake(
        "5 start_queue_runners",
        "tf.train.start_queue_runners(5)",
        "TypeError",
        "sess must be a `tf.Session` object. Given class: <class 'int'>",
    ),
    "the error of a runner": Mistake(
        "5 thread loop, errors",
        Q + "coord = tf.train.Coordinator()\n"
        "bad = Q.enqueue(1 // tf.placeholder_with_default(0, [], name='zero'), name='put')\n"
        "threads = tf.train.QueueRunner(Q, [bad]).create_threads(sess, coord, True, True)\n"
        "coord.join(threads)",
        INVALID,
        "Integer division by zero",
        "floordiv",
    ),
}

COORDINATORS = {
    "threads that go on": Mistake(
        "6 join",
        "import threading\nend = threading.Event()\ncoord = tf.train.Coordinator()\n"
        "threads = [threading.Thread(target=end.wait, name=n, daemon=True) for n in 'st']\n"
        "for thread in threads:\n    thread.start()\n"
        "coord.request_stop()\n"
        "try:\n    coord.join(threads, stop_grace_period_secs=0.01)\nfinally:\n    end.set()",
        "RuntimeError",
        "Coordinator stopped with threads still running: s t",
    ),
    "a looper without a coordinator": Mistake(
        "6 LooperThread",
        "tf.train.LooperThread(None, 1)",
        "ValueError",
        "'coord' argument must be a Coordinator: None",
    ),
}

PIPELINES = {
    "a pipeline of nothing": Mistake(
        "7 empty list",
        "tf.train.string_input_producer([])",
        "ValueError",
        "string_input_producer requires a non-null input tensor",
    ),
    "a pipeline without its local variables": Mistake(
        "7 without local_variables_initializer",
        "names = tf.train.string_input_producer(['a'], 1, name='sip')\n"
        "coord = tf.train.Coordinator()\nthreads = tf.train.start_queue_runners(sess, coord)\n"
        "coord.join(threads)",
        "FailedPreconditionError",
        "Attempting to use uninitialized value sip/limit_epochs/epochs",
        "sip/limit_epochs/CountUpTo",
    ),
    "the consumer of such a pipeline": Mistake(
        "7 without local_variables_initializer",
        "names = tf.train.string_input_producer(['a'], 1, name='sip')\n"
        "coord = tf.train.Coordinator()\nthreads = tf.train.start_queue_runners(sess, coord)\n"
        "sess.run(names.dequeue(name='take'))",
        OUT,
        "FIFOQueue '_0_sip' is closed and has insufficient elements (requested 1, current size 0)",
        "take",
    ),
    "the end of the epochs": Mistake(
        "7 epoch limit",
        "limited = tf.train.limit_epochs(a, 1, name='limited')\n"
        "sess.run(tf.local_variables_initializer())\nsess.run(limited)\nsess.run(limited)",
        OUT,
        "Reached limit of 1",
        "limited/CountUpTo",
    ),
}

MISTAKES: dict[str, Mistake] = {
    **CONSTRUCTION,
    **VALUES,
    **CLOSING,
    **SHARING,
    **READERS,
    **RUNNERS,
    **COORDINATORS,
    **PIPELINES,
}
