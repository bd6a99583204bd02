"""Mistakes with sessions: construction, life, fetches, names, feeds, steps, callables, handles."""

from __future__ import annotations

import re

from tests.mistakes.record import Mistake

INVALID, NOT_FOUND = "InvalidArgumentError", "NotFoundError"

# ---- Construction and life ----

CONSTRUCTION = {
    "graph is a number": Mistake(
        "1 graph",
        "tf.Session(graph=3)",
        "TypeError",
        "graph must be a tf.Graph, but got <class 'int'>",
    ),
    "target is a number": Mistake(
        "1 target",
        "tf.Session(target=3)",
        "TypeError",
        "target must be a string, but got <class 'int'>",
    ),
    "config as target": Mistake(
        "1 target",
        "tf.Session(tf.ConfigProto())",
        "TypeError",
        re.compile(
            r"target must be a string, but got <class '.*ConfigProto'>\. "
            r'Did you do "Session\(config\)" instead of "Session\(config=config\)"\?'
        ),
    ),
    "config is a dict": Mistake(
        "1 config",
        "tf.Session(config={})",
        "TypeError",
        "config must be a tf.ConfigProto, but got <class 'dict'>",
    ),
    "no CPU": Mistake(
        "1 devices are made by the constructor",
        "tf.Session(config=tf.ConfigProto(device_count={'CPU': 0}))",
        NOT_FOUND,
        "No CPU devices are available in this process",
    ),
    "unknown target": Mistake(
        "1 unknown target",
        "tf.Session('local')",
        NOT_FOUND,
        re.compile(
            r"No session factory registered for the given session options: "
            r'\{target: "local" config: .*\} '
            r"Registered factories are \{.*DIRECT_SESSION.*\}\."
        ),
    ),
    "negative version": Mistake(
        "1 session_metadata",
        "c = tf.ConfigProto()\nc.experimental.session_metadata.version = -1\ntf.Session(config=c)",
        INVALID,
        re.compile(r"Session version shouldn't be negative: .*", re.DOTALL),
    ),
    "name and version in use": Mistake(
        "1 session_metadata",
        "c = tf.ConfigProto()\nc.experimental.session_metadata.name = 'n'\n"
        "s = tf.Session(config=c)\ntry:\n    tf.Session(config=c)\nfinally:\n    s.close()",
        INVALID,
        re.compile(
            r"A session with the same name and version has already been created: .*", re.DOTALL
        ),
    ),
}

_CLOSED = "s = tf.Session()\nh = s.partial_run_setup(pq, [p, q])\ns.close()\n"
_CLOSED_TEXT = "Attempted to use a closed Session."
_EMPTY = "s = tf.Session(graph=tf.Graph())\n"
_EMPTY_TEXT = "The Session graph is empty.  Add operations to the graph before calling run()."

LIFE = {
    "run after close": Mistake(
        "2 run after close", _CLOSED + "s.run(a)", "RuntimeError", _CLOSED_TEXT
    ),
    "partial_run after close": Mistake(
        "2 run after close",
        _CLOSED + "s.partial_run(h, pq, {p: 1, q: 2})",
        "RuntimeError",
        _CLOSED_TEXT,
    ),
    "partial_run_setup after close": Mistake(
        "2 run after close",
        _CLOSED + "s.partial_run_setup(pq, [p, q])",
        "RuntimeError",
        _CLOSED_TEXT,
    ),
    "a callable after close": Mistake(
        "2 make_callable after close",
        _CLOSED + "s.make_callable(a)()",
        "CancelledError",
        "Session has been closed.",
    ),
    "a callable with feeds after close": Mistake(
        "2 make_callable after close",
        _CLOSED + "s.make_callable(pq, [p, q])(1, 2)",
        "RuntimeError",
        _CLOSED_TEXT,
    ),
    "run after reset": Mistake(
        "2 closed by reset",
        "s = tf.Session()\ns.run(a)\ntf.Session.reset('')\nold, sess = sess, "
        "tf.Session()\nold.run(a)",
        "CancelledError",
        "Session has been closed.",
    ),
    "run of an empty graph": Mistake(
        "2 empty graph", _EMPTY + "s.run([])", "RuntimeError", _EMPTY_TEXT
    ),
    "partial_run_setup of an empty graph": Mistake(
        "2 empty graph", _EMPTY + "s.partial_run_setup([])", "RuntimeError", _EMPTY_TEXT
    ),
    "partial_run of an empty graph": Mistake(
        "2 empty graph", _EMPTY + "s.partial_run('h', [])", "RuntimeError", _EMPTY_TEXT
    ),
    "a callable of an empty graph": Mistake(
        "2 empty graph, callable",
        _EMPTY + "s.make_callable([])()",
        INVALID,
        "Must specify at least one target to fetch or execute.",
    ),
    "with in with": Mistake(
        "2 with twice",
        "s = tf.Session()\nwith s:\n    with s:\n        pass",
        "RuntimeError",
        "Session context managers are not re-entrant. Use `Session.as_default()` if you want to "
        "enter a session multiple times.",
    ),
    "with after with": Mistake(
        "2 with again",
        "s = tf.Session()\nwith s:\n    pass\nwith s:\n    s.run(a)",
        "RuntimeError",
        _CLOSED_TEXT,
    ),
}

_NONE = "No default session is registered."
STACKS = {
    "reset_default_graph within a session": Mistake(
        "3 reset_default_graph",
        "with tf.Session():\n    tf.reset_default_graph()",
        "AssertionError",
        "Do not use tf.reset_default_graph() to clear nested graphs. If you need a cleared graph, "
        "exit the nesting and create a new graph.",
    ),
    "eval without a session": Mistake(
        "3 eval and run",
        "a.eval()",
        "ValueError",
        f"Cannot evaluate tensor using `eval()`: {_NONE} Use `with sess.as_default()` or pass an "
        "explicit session to `eval(session=sess)`",
    ),
    "op.run without a session": Mistake(
        "3 eval and run",
        "a.op.run()",
        "ValueError",
        f"Cannot execute operation using `run()`: {_NONE} Use `with sess.as_default():` or pass an "
        "explicit session to `run(session=sess)`",
    ),
    "eval in the default session of another graph": Mistake(
        "3 eval and run",
        "with tf.Session(graph=tf.Graph()):\n    a.eval()",
        "ValueError",
        "Cannot use the default session to evaluate tensor: the tensor's graph is different from "
        "the session's graph. Pass an explicit session to `eval(session=sess)`.",
    ),
    "op.run in the default session of another graph": Mistake(
        "3 eval and run",
        "with tf.Session(graph=tf.Graph()):\n    a.op.run()",
        "ValueError",
        "Cannot use the default session to execute operation: the operation's graph is different "
        "from the session's graph. Pass an explicit session to run(session=sess).",
    ),
    "eval in a session of another graph": Mistake(
        "3 eval and run",
        "a.eval(session=tf.Session(graph=tf.Graph()))",
        "ValueError",
        "Cannot use the given session to evaluate tensor: the tensor's graph is different from the "
        "session's graph.",
    ),
    "op.run in a session of another graph": Mistake(
        "3 eval and run",
        "a.op.run(session=tf.Session(graph=tf.Graph()))",
        "ValueError",
        "Cannot use the given session to execute operation: the operation's graph is different "
        "from the session's graph.",
    ),
}

# ---- Fetches and names ----


def _fetch(text: str) -> str:
    return f"Fetch argument {text}"


def _no_tensor(fetch: str, why: str) -> str:
    return f"Fetch argument {fetch} cannot be interpreted as a Tensor. ({why})"


_UNUSABLE = "must be a string or Tensor. (Can not convert a {0} into a Tensor or Operation.)"
_FETCHABLE = (
    "Operation 'b' has been marked as not fetchable. Typically this happens when it is defined in "
    "another function or code block. Use return values,explicit Python locals or TensorFlow "
    "collections to access it."
)
_FORM = 'Tensor names must be of the form "<op_name>:<output_index>".'

FETCHES = {
    "None": Mistake(
        "5.1 None",
        "sess.run(None)",
        "TypeError",
        _fetch("None has invalid type <class 'NoneType'>"),
    ),
    "None in a dict": Mistake(
        "5.1 None",
        "sess.run({'k': [a, None]})",
        "TypeError",
        _fetch("None has invalid type <class 'NoneType'>"),
    ),
    "a number": Mistake(
        "5 bad leaves",
        "sess.run(3)",
        "TypeError",
        _fetch(f"3 has invalid type <class 'int'>, {_UNUSABLE.format('int')}"),
    ),
    "a set": Mistake(
        "5 bad leaves",
        "sess.run({3})",
        "TypeError",
        _fetch(f"{{3}} has invalid type <class 'set'>, {_UNUSABLE.format('set')}"),
    ),
    "a generator": Mistake(
        "5 bad leaves",
        "sess.run(t for t in [a])",
        "TypeError",
        re.compile(
            r"Fetch argument <generator object .*> has invalid type <class 'generator'>, must be a "
            r"string or Tensor\. \(Can not convert a generator into a Tensor or Operation\.\)"
        ),
    ),
    "an array": Mistake(
        "5 bad leaves",
        "sess.run(np.zeros(1))",
        "TypeError",
        _fetch(
            f"array([0.]) has invalid type <class 'numpy.ndarray'>, {_UNUSABLE.format('ndarray')}"
        ),
    ),
    "a fetch of another graph": Mistake(
        "6 other graph",
        "sess.run(other_graph())",
        "ValueError",
        _no_tensor(
            "<tf.Tensor 'other:0' shape=() dtype=float32>",
            'Tensor Tensor("other:0", shape=(), dtype=float32) is not an element of this graph.',
        ),
    ),
    "an operation of another graph": Mistake(
        "6 other graph",
        "sess.run(other_graph().op)",
        "ValueError",
        re.compile(
            r"Fetch argument <tf\.Operation 'other' type=Const> cannot be interpreted as "
            r"a Tensor\. "
            r"\(Operation name: \"other\"\nop: \"Const\"\n.* is not an element of this graph\.\)",
            re.DOTALL,
        ),
    ),
    "a fetch that is prevented": Mistake(
        "5 prevent_fetching",
        "graph.prevent_fetching(b.op)\nsess.run(b)",
        "InaccessibleTensorError",
        _FETCHABLE,
    ),
    "an operation that is prevented": Mistake(
        "5 prevent_fetching",
        "graph.prevent_fetching(b.op)\nsess.run(b.op)",
        "InaccessibleTensorError",
        _FETCHABLE,
    ),
    "a dead value": Mistake(
        "5 dead values",
        "left, right = tf.raw_ops.Switch(data=a, pred=tf.constant(True))\nsess.run(left)",
        INVALID,
        "Retval[0] does not have value",
    ),
    "a dead value in a partial run": Mistake(
        "5 dead values",
        "left, right = tf.raw_ops.Switch(data=p, pred=tf.constant(True), name='way')\n"
        "s = tf.Session()\nh = s.partial_run_setup([left], [p])\ns.partial_run(h, left, {p: 1})",
        INVALID,
        "The tensor returned for way:0 was not valid.",
    ),
}

NAMES = {
    "no index": Mistake(
        "6 names",
        "sess.run('a:x')",
        "ValueError",
        _no_tensor(
            "'a:x'",
            f"The name 'a:x' looks a like a Tensor name, but is not a valid one. {_FORM}",
        ),
    ),
    "two colons": Mistake(
        "6 names",
        "graph.as_graph_element('a:0:1')",
        "ValueError",
        f"The name 'a:0:1' looks a like a Tensor name, but is not a valid one. {_FORM}",
    ),
    "a tensor of no operation": Mistake(
        "6 names",
        "sess.run('zz:0')",
        "ValueError",
        _no_tensor(
            "'zz:0'",
            "\"The name 'zz:0' refers to a Tensor which does not exist. The operation, 'zz', does "
            'not exist in the graph."',
        ),
    ),
    "an output too many": Mistake(
        "6 names",
        "sess.run('a:1')",
        "ValueError",
        _no_tensor(
            "'a:1'",
            "\"The name 'a:1' refers to a Tensor which does not exist. The operation, 'a', exists "
            'but only has 1 outputs."',
        ),
    ),
    "no operation": Mistake(
        "6 names",
        "sess.run('zz')",
        "ValueError",
        _no_tensor("'zz'", "\"The name 'zz' refers to an Operation not in the graph.\""),
    ),
    "an operation for a tensor": Mistake(
        "6 names",
        "graph.as_graph_element('a', allow_operation=False)",
        "ValueError",
        f"The name 'a' refers to an Operation, not a Tensor. {_FORM}",
    ),
    "no operation for a tensor": Mistake(
        "6 names",
        "graph.as_graph_element('zz', allow_operation=False)",
        "ValueError",
        "The name 'zz' looks like an (invalid) Operation name, not a Tensor. " + _FORM,
    ),
    "a tensor for an operation": Mistake(
        "6 names",
        "graph.as_graph_element('a:0', allow_tensor=False)",
        "ValueError",
        "Name 'a:0' appears to refer to a Tensor, not a Operation.",
    ),
    "a number for a tensor": Mistake(
        "6 names",
        "graph.as_graph_element(3, allow_operation=False)",
        "TypeError",
        "Can not convert a int into a Tensor.",
    ),
    "a number for an operation": Mistake(
        "6 names",
        "graph.as_graph_element(3, allow_tensor=False)",
        "TypeError",
        "Can not convert a int into a Operation.",
    ),
}

# ---- Feeds ----

_KEY = "Cannot interpret feed_dict key as Tensor: "

FEEDS = {
    "feeds that are a list": Mistake(
        "7 mapping", "sess.run(y, [x])", "TypeError", "input must be a dictionary"
    ),
    "fewer values than keys": Mistake(
        "7.1 nested keys",
        "sess.run(pq, {(p, q): (1,)})",
        "ValueError",
        re.compile(
            r"Could not flatten dictionary\. Key had 2 elements, but value had 1 elements\. "
            r"Key: .*, value: .*\."
        ),
    ),
    "a key twice": Mistake(
        "7.1 nested keys",
        "sess.run(pq, {(p, q): (1, 2), p: 3})",
        "ValueError",
        re.compile(r"Could not flatten dictionary: key .*p:0.* is not unique\."),
    ),
    "an unknown key": Mistake(
        "7.3 key",
        "sess.run(y, {'zz:0': 1})",
        "TypeError",
        f"{_KEY}The name 'zz:0' refers to a Tensor which does not exist. The operation, 'zz', does "
        "not exist in the graph.",
    ),
    "an operation as key": Mistake(
        "7.3 key",
        "sess.run(y, {x.op: 1})",
        "TypeError",
        f"{_KEY}Can not convert a Operation into a Tensor.",
    ),
    "a number as key": Mistake(
        "7.3 key", "sess.run(y, {3: 1})", "TypeError", f"{_KEY}Can not convert a int into a Tensor."
    ),
    "a key of another graph": Mistake(
        "7.3 key",
        "sess.run(y, {other_graph(): 1})",
        "TypeError",
        f'{_KEY}Tensor Tensor("other:0", shape=(), dtype=float32) is not an element of this graph.',
    ),
    "a tensor as value": Mistake(
        "7.4 Tensor as value",
        "sess.run(y, {x: b})",
        "TypeError",
        "The value of a feed cannot be a tf.Tensor object. Acceptable feed values include Python "
        "scalars, strings, lists, numpy ndarrays, or TensorHandles. For reference, the "
        "tensor object "
        'was Tensor("b:0", shape=(2,), dtype=float32) which was passed to the feed with key '
        'Tensor("x:0", shape=(2,), dtype=float32).',
    ),
    "an int that does not fit": Mistake(
        "7.5 int",
        "sess.run(i + 1, {i: 2 ** 40})",
        "TypeError",
        "Type of feed value 1099511627776 with type <class 'int'> is not compatible with "
        "Tensor type "
        "<class 'numpy.int32'>. Try explicitly setting the type of the feed tensor to a "
        "larger type "
        "(e.g. int64).",
    ),
    "an int for a bool": Mistake(
        "7.5 int",
        "sess.run(tf.logical_not(f), {f: 2})",
        "TypeError",
        re.compile(
            r"Type of feed value 2 with type <class 'int'> is not compatible with Tensor type "
            r"<class 'numpy.bool_?'>\. Try explicitly setting the type of the feed tensor to a "
            r"larger type \(e\.g\. int64\)\."
        ),
    ),
    "an int for a string": Mistake(
        "7.5 int",
        "sess.run(tf.identity(w0), {w0: 3})",
        "TypeError",
        "Type of feed value 3 with type <class 'int'> is not compatible with Tensor type "
        "<class 'object'>. Try explicitly setting the type of the feed tensor to a larger type "
        "(e.g. int64).",
    ),
    "a word for a number": Mistake(
        "7.6 conversion",
        "sess.run(u + 1.0, {u: 'abc'})",
        "ValueError",
        "could not convert string to float: 'abc'",
    ),
    "a ragged list": Mistake(
        "7.6 conversion",
        "sess.run(u + 1.0, {u: [[1], [1, 2]]})",
        "ValueError",
        re.compile(r"setting an array element with a sequence\..*"),
    ),
    "another shape": Mistake(
        "7.7 shape",
        "sess.run(y, {x: [1, 2, 3]})",
        "ValueError",
        "Cannot feed value of shape (3,) for Tensor 'x:0', which has shape '(2,)'",
    ),
    "another shape than a partial one": Mistake(
        "7.7 shape",
        "sess.run(m + 1.0, {m: [1, 2]})",
        "ValueError",
        "Cannot feed value of shape (2,) for Tensor 'm:0', which has shape '(2, ?)'",
    ),
    "another shape of what is no placeholder": Mistake(
        "7.7 shape",
        "sess.run(b + 1.0, {b: 1})",
        "ValueError",
        "Cannot feed value of shape () for Tensor 'b:0', which has shape '(2,)'",
    ),
    "a feed that is prevented": Mistake(
        "7.8 prevent_feeding",
        "graph.prevent_feeding(b)\nsess.run(b + 1.0, {b: [1, 2]})",
        "ValueError",
        'Tensor Tensor("b:0", shape=(2,), dtype=float32) may not be fed.',
    ),
    "other objects for a string": Mistake(
        "7 strings",
        "sess.run(tf.identity(w0), {w0: 3.5})",
        "InternalError",
        "Unsupported object type float",
    ),
    "the operation of a fed placeholder": Mistake(
        "7 feeding cuts the producer",
        "sess.run(x.op, {x: [1, 2]})",
        INVALID,
        "You must feed a value for placeholder tensor 'x' with dtype float and shape [2]",
        "x",
    ),
    "an unfed placeholder": Mistake(
        "7 unfed placeholder",
        "sess.run(m + 1.0)",
        INVALID,
        "You must feed a value for placeholder tensor 'm' with dtype float and shape [2,?]",
        "m",
    ),
    "an unfed scalar": Mistake(
        "7 unfed placeholder",
        "sess.run(i + 1)",
        INVALID,
        "You must feed a value for placeholder tensor 'i' with dtype int32",
        "i",
    ),
    "an unfed placeholder of any shape": Mistake(
        "7 unfed placeholder",
        "sess.run(u + 1.0)",
        INVALID,
        "You must feed a value for placeholder tensor 'u' with dtype float",
        "u",
    ),
    "a resource as a feed": Mistake(
        "7 resources are not fed",
        "sess.run(rv.read_value(), {rv.handle: np.zeros((), [('resource', 'u1')])})",
        INVALID,
        re.compile(
            r"Invalid resource type hash code: .*Perhaps a resource tensor was being provided as a "
            r"feed\? That is not currently allowed\..*"
        ),
    ),
    "a type registered twice": Mistake(
        "7 register_session_run_conversion_functions",
        "class Mine:\n    pass\nfor turn in range(2):\n    register(Mine, lambda m: ([], list))",
        "ValueError",
        re.compile(r"<class '.*Mine'> has already been registered so ignore it\."),
    ),
    "a key of a type without feeds": Mistake(
        "7 register_session_run_conversion_functions",
        "class Mine:\n    pass\nregister(Mine, lambda m: ([], list))\nsess.run(a, {Mine(): 1})",
        "TypeError",
        "'NoneType' object is not callable",
    ),
}

# ---- Steps ----

STEPS = {
    "a finalized graph": Mistake(
        "8 finalized graphs",
        "graph.finalize()\ntry:\n    tf.constant(1.0)\nfinally:\n    graph._unsafe_unfinalize()",
        "RuntimeError",
        "Graph is finalized and cannot be modified.",
    ),
    "a static graph": Mistake(
        "8 static graphs",
        "c = tf.ConfigProto()\nc.experimental.optimize_for_static_graph = True\n"
        "s = tf.Session(config=c)\ns.run(a)\nd = tf.constant(2.0)\ns.run(d)",
        "FailedPreconditionError",
        "Extending the graph is not supported when `optimize_for_static_graph` is true.",
    ),
    "options that are none": Mistake(
        "8 options",
        "sess.run(a, options=3)",
        "AttributeError",
        re.compile(r".*SerializeToString.*"),
    ),
    "metadata that is none": Mistake(
        "8 options",
        "sess.run(a, run_metadata=3)",
        "AttributeError",
        re.compile(r".*ParseFromString.*"),
    ),
    "a pool that is not there": Mistake(
        "8 options",
        "sess.run(a, options=tf.RunOptions(inter_op_thread_pool=5))",
        INVALID,
        "Invalid inter_op_thread_pool: 5",
    ),
    "a timeout of the options": Mistake(
        "8 timeouts",
        "taken = tf.FIFOQueue(1, tf.int32).dequeue()\n"
        "sess.run(taken, options=tf.RunOptions(timeout_in_ms=20))",
        "DeadlineExceededError",
        "Timed out waiting for notification",
    ),
    "a timeout of the config": Mistake(
        "8 timeouts",
        "taken = tf.FIFOQueue(1, tf.int32).dequeue()\n"
        "sess = tf.Session(config=tf.ConfigProto(operation_timeout_in_ms=20))\nsess.run(taken)",
        "DeadlineExceededError",
        "Timed out waiting for notification",
    ),
}

# ---- Callables ----


def _called(rule: str, options: str, call: str, error: str, message: str) -> Mistake:
    source = f"sess._make_callable_from_options(CallableOptions({options})){call}"
    return Mistake(rule, source, error, message)


_NOTHING = "Must specify at least one target to fetch or execute."
_CALLABLE = "9 errors of CallableOptions"

CALLABLES = {
    "feeds of a callable that are no list": Mistake(
        "9 feed_list",
        "sess.make_callable(pq, p)",
        "TypeError",
        "`feed_list` must be a list or tuple.",
    ),
    "fetches of a callable without feeds": Mistake(
        "9 without feeds",
        "sess.make_callable(3)",
        "TypeError",
        _fetch(f"3 has invalid type <class 'int'>, {_UNUSABLE.format('int')}"),
    ),
    "fetches of a callable with feeds": Mistake(
        "9 with a list",
        "sess.make_callable(3, [p])(1)",
        "TypeError",
        _fetch(f"3 has invalid type <class 'int'>, {_UNUSABLE.format('int')}"),
    ),
    "too few arguments": Mistake(
        "9 with a list",
        "sess.make_callable(pq, [p, q])(1)",
        INVALID,
        "You must feed a value for placeholder tensor 'q' with dtype float",
        "q",
    ),
    "arguments for a callable without feeds": Mistake(
        "9 without feeds",
        "sess.make_callable(a)(1)",
        "TypeError",
        re.compile(r".*takes 0 positional arguments but 1 was given"),
    ),
    "a raw error": Mistake(
        "9 raw errors",
        "sess.make_callable(y)()",
        INVALID,
        "You must feed a value for placeholder tensor 'x' with dtype float and shape [2]",
    ),
    "nothing to do": _called(_CALLABLE, "", "()", INVALID, _NOTHING),
    "too few feeds": _called(
        _CALLABLE,
        "feed=['p:0', 'q:0'], fetch=['pq:0']",
        "(np.float32(1))",
        INVALID,
        "Expected 2 feed tensors, but got 1",
    ),
    "a feed twice": _called(
        _CALLABLE,
        "feed=['p:0', 'p:0'], fetch=['pq:0']",
        "",
        INVALID,
        'Endpoint "p:0" fed more than once.',
    ),
    "an unknown fetch": _called(
        _CALLABLE, "fetch=['zz:0']", "", NOT_FOUND, "FetchOutputs node zz:0: not found"
    ),
    "an unknown feed": _called(
        _CALLABLE,
        "feed=['zz:0'], fetch=['pq:0']",
        "",
        NOT_FOUND,
        "FeedInputs: unable to find feed output zz:0",
    ),
    "a bad output": _called(
        _CALLABLE,
        "fetch=['y:3']",
        "",
        INVALID,
        "FetchOutputs y:3: output index too large, must be < 1",
    ),
    "an unknown target": _called(
        _CALLABLE,
        "target=['zz']",
        "",
        NOT_FOUND,
        "PruneForTargets: Some target nodes not found: zz ",
    ),
    "a connection to nothing": _called(
        _CALLABLE,
        "fetch=['pq:0'], tensor_connection=[{'from_tensor': 'a:0', 'to_tensor': 'zz:0'}]",
        "",
        NOT_FOUND,
        "FeedInputs: unable to find feed output zz:0",
    ),
    "a connection from nothing": _called(
        _CALLABLE,
        "fetch=['pq:0'], tensor_connection=[{'from_tensor': 'zz:0', 'to_tensor': 'p:0'}]",
        "",
        INVALID,
        'Requested tensor connection from unknown node: "p:0".',
    ),
    "a cycle": _called(
        _CALLABLE,
        "fetch=['pq:0'], tensor_connection=[{'from_tensor': 'pq:0', 'to_tensor': 'p:0'}]",
        "",
        INVALID,
        'Requested Tensor connection between nodes "p" and "pq" would create a cycle.',
    ),
    "a feed on a device that is not there": _called(
        _CALLABLE,
        "feed=['x:0'], fetch=['y:0'], feed_devices={'x:0': '/device:GPU:0'}",
        "",
        INVALID,
        "Device '/device:GPU:0' specified for tensor 'x:0' in CallableOptions does not exist",
    ),
    "a feed on no device": _called(
        _CALLABLE,
        "feed=['x:0'], fetch=['y:0'], feed_devices={'x:0': 'what'}",
        "",
        INVALID,
        "Invalid device name ('what') provided for the tensor 'x:0' in CallableOptions",
    ),
    "a fetch that waits": _called(
        _CALLABLE,
        "feed=['x:0'], fetch=['y:0'],"
        " fetch_devices={'y:0': '/job:localhost/replica:0/task:0/device:CPU:0'}",
        "",
        "UnimplementedError",
        "CallableOptions.fetch_skip_sync = false is not yet implemented. You can set it to true "
        "instead, but MUST ensure that Device::Sync() is invoked on the Device "
        "corresponding to the "
        "fetched tensor before dereferencing the Tensor's memory.",
    ),
    "another dtype": _called(
        "7 dtype at the runtime",
        "feed=['x:0'], fetch=['y:0']",
        "(np.ones(2))",
        INVALID,
        "Expects arg[0] to be float but double is provided",
    ),
}

# ---- Partial runs ----

# In a session of its own, because an operation that fails ends TensorFlow's for good.
_SETUP = "s = tf.Session()\nh = s.partial_run_setup([pq, pqr], [p, q, r])\n"
_AGAIN = "Must run 'setup' before performing partial runs!"

PARTIAL_RUNS = {
    "an unknown handle": Mistake(
        "10 unknown handle", "sess.partial_run('no', pq, {p: 1})", INVALID, _AGAIN
    ),
    "a handle that is used up": Mistake(
        "10 unknown handle",
        "h = sess.partial_run_setup(pq, [p, q])\nthree = sess.partial_run(h, pq, {p: 1, q: 2})\n"
        "sess.partial_run(h, pq)",
        INVALID,
        _AGAIN,
    ),
    "a handle of another session": Mistake(
        "10 unknown handle", _SETUP + "sess.partial_run(h, pq, {p: 1, q: 2})", INVALID, _AGAIN
    ),
    "a feed that was not declared": Mistake(
        "10 feeds and fetches that do not fit",
        _SETUP + "s.partial_run(h, pq, {a: 1})",
        INVALID,
        "The feed a:0 was not specified in partial_run_setup.",
    ),
    "a feed again": Mistake(
        "10 feeds and fetches that do not fit",
        _SETUP + "s.partial_run(h, [], {p: 1})\ns.partial_run(h, [], {p: 1})",
        INVALID,
        "The feed p:0 has already been fed.",
    ),
    "a fetch that was not declared": Mistake(
        "10 feeds and fetches that do not fit",
        _SETUP + "s.partial_run(h, a)",
        INVALID,
        "The fetch a:0 was not specified in partial_run_setup.",
    ),
    "a fetch again": Mistake(
        "10 feeds and fetches that do not fit",
        _SETUP + "s.partial_run(h, pq, {p: 1, q: 2})\ns.partial_run(h, pq)",
        INVALID,
        "The fetch pq:0 has already been fetched.",
    ),
    "a fetch too early": Mistake(
        "10 feeds and fetches that do not fit",
        _SETUP + "s.partial_run(h, pq, {p: 1})",
        INVALID,
        "Fetch q:0 can't be computed from the feeds that have been fed so far.",
    ),
    "a placeholder that was not declared": Mistake(
        "10 undeclared placeholder",
        "sess, old = tf.Session(), sess\nh = old.partial_run_setup([pq, pqr], [p, q])\n"
        "old.partial_run(h, pqr, {p: 1, q: 2})",
        INVALID,
        "You must feed a value for placeholder tensor 'r' with dtype float",
        "r",
    ),
    "an operation in partial_run": Mistake(
        "10 operations",
        _SETUP + "s.partial_run(h, [pq, a.op], {p: 1, q: 2})",
        "RuntimeError",
        "partial_run() requires empty target_list.",
    ),
    "fed and fetched": Mistake(
        "10 fed and fetched",
        "sess.partial_run_setup(x, [x])",
        INVALID,
        "x:0 is both fed and fetched.",
    ),
    "an operation that fails": Mistake(
        "10 failed operation",
        "h = sess.partial_run_setup([tf.floordiv(1, i, name='bad')], [i])\n"
        "sess.partial_run(h, 'bad:0', {i: 0})",
        INVALID,
        "Integer division by zero",
        "bad",
    ),
    "a key of the setup that is no tensor": Mistake(
        "10 feeds of the setup",
        "sess.partial_run_setup(pq, ['zz:0'])",
        "KeyError",
        "\"Cannot interpret feed_list key as Tensor: The name 'zz:0' refers to a Tensor which does "
        "not exist. The operation, 'zz', does not exist in the graph.\"",
    ),
}

# ---- Tensor handles ----

HANDLES = {
    "a handle of what is no tensor": Mistake(
        "11 get_session_handle",
        "tf.get_session_handle(3)",
        "TypeError",
        "`data` must be of type Tensor.",
    ),
    "a handle that is deleted": Mistake(
        "11 TensorHandle",
        "h = sess.run(tf.get_session_handle(b, name='hd'))\nh.delete()\nh.eval()",
        "TypeError",
        "Persistent tensor hd;0;/job:localhost/replica:0/task:0/device:CPU:0 may have already been "
        "deleted.",
    ),
    "a handle that is deleted twice": Mistake(
        "11 TensorHandle",
        "h = sess.run(tf.get_session_handle(b, name='hd'))\nh.delete()\nh.delete()",
        "TypeError",
        "Persistent tensor hd;0;/job:localhost/replica:0/task:0/device:CPU:0 may have already been "
        "deleted.",
    ),
    "a handle of another dtype": Mistake(
        "11 direct feed",
        "h = sess.run(tf.get_session_handle(a))\nsess.run(i + 1, {i: h})",
        INVALID,
        "Expects arg[0] to be int32 but float is provided",
    ),
    "a handle fed where its text belongs": Mistake(
        "11 get_session_tensor",
        "h = sess.run(tf.get_session_handle(b))\n"
        "holder, kept = tf.get_session_tensor(str(h), tf.float32)\nsess.run(kept, {holder: h})",
        INVALID,
        "Expects arg[0] to be string but float is provided",
    ),
    "reading as another dtype": Mistake(
        "11 wrong dtype",
        "h = sess.run(tf.get_session_handle(b))\n"
        "holder, kept = tf.get_session_tensor(str(h), tf.int32, name='kept')\n"
        "sess.run(kept, {holder: str(h)})",
        "InternalError",
        re.compile(
            r"Output 0 of type float does not match declared output type int32 for node .*",
            re.DOTALL,
        ),
        "kept",
    ),
    "an unknown tensor handle": Mistake(
        "11 unknown",
        "holder, kept = tf.get_session_tensor('hd;9;/cpu:0', tf.float32, name='kept')\n"
        "sess.run(kept, {holder: 'hd;9;/cpu:0'})",
        INVALID,
        "The tensor with handle 'hd;9;/cpu:0' is not in the session store.",
        "kept",
    ),
    "deleting an unknown tensor handle": Mistake(
        "11 unknown",
        "holder, deleter = tf.delete_session_tensor('hd;9;/cpu:0', name='deleter')\n"
        "sess.run(deleter, {holder: 'hd;9;/cpu:0'})",
        INVALID,
        "Failed to delete a tensor with handle 'hd;9;/cpu:0' in the session store.",
        "deleter",
    ),
    "a tensor handle on no device": Mistake(
        "11 unknown",
        "tf.get_session_tensor('hd;9;what', tf.float32)",
        "ValueError",
        re.compile(r".*what.*"),
    ),
}

# ---- The rest ----

REST = {
    "reset of a number": Mistake(
        "12 reset", "tf.Session.reset(3)", "TypeError", "Expected binary or unicode string, got 3"
    ),
    "reset of an unknown target": Mistake(
        "12 reset",
        "tf.Session.reset('local')",
        NOT_FOUND,
        re.compile(r"No session factory registered for the given session options: .*"),
    ),
    "reset of containers that are no names": Mistake(
        "12 reset",
        "tf.Session.reset('', [3])",
        "TypeError",
        "Expected binary or unicode string, got 3",
    ),
    "a variable without a value": Mistake(
        "12 uninitialised variables",
        "new = tf.Variable(1.0, name='new', use_resource=False)\nsess.run(new)",
        "FailedPreconditionError",
        "Attempting to use uninitialized value new",
    ),
    "what reads a variable without a value": Mistake(
        "12 uninitialised variables",
        "new = tf.Variable(1.0, name='new', use_resource=False)\nsess.run(new * 2.0)",
        "FailedPreconditionError",
        "Attempting to use uninitialized value new",
        "new/read",
    ),
    "a resource variable without a value": Mistake(
        "12 uninitialised variables",
        "new = tf.Variable(1.0, name='new', use_resource=True)\nsess.run(new * 2.0)",
        "FailedPreconditionError",
        "Error while reading resource variable new from Container: localhost. This could mean that "
        "the variable was uninitialized. Not found: Resource localhost/new/N10tensorflow3VarE does "
        "not exist.",
        "ReadVariableOp",
    ),
}

# ---- Errors of operations ----

OPERATIONS = {
    "division by zero": Mistake(
        "errors 6 integer division",
        "sess.run(tf.floordiv(1, i, name='bad'), {i: 0})",
        INVALID,
        "Integer division by zero",
        "bad",
    ),
    "matrices that do not fit": Mistake(
        "errors 6 matmul",
        "sess.run(tf.matmul(m, tf.ones([2, 2]), name='bad'), {m: [[1], [1]]})",
        INVALID,
        "Matrix size-incompatible: In[0]: [2,1], In[1]: [2,2]",
        "bad",
    ),
    "shapes that do not broadcast": Mistake(
        "errors 6 broadcasting",
        "sess.run(tf.add(u, x, name='bad'), {u: [1, 2, 3], x: [1, 2]})",
        INVALID,
        "Incompatible shapes: [3] vs. [2]",
        "bad",
    ),
    "a number that is none": Mistake(
        "errors 6 check_numerics",
        "sess.run(tf.check_numerics(u, 'what', name='bad'), {u: [np.nan]})",
        INVALID,
        "what : Tensor had NaN values",
        "bad",
    ),
    "a number that has no end": Mistake(
        "errors 6 check_numerics",
        "sess.run(tf.check_numerics(u, 'what', name='bad'), {u: [np.inf]})",
        INVALID,
        "what : Tensor had Inf values",
        "bad",
    ),
    "an assertion": Mistake(
        "errors 6 Assert",
        "sess.run(tf.Assert(tf.equal(i, 0), [[1], [1, 2]], name='bad'), {i: 1})",
        INVALID,
        "assertion failed: [1] [1 2]",
        "bad/Assert",
    ),
    "the end of a count": Mistake(
        "errors 6 count_up_to",
        "count = tf.Variable(1, use_resource=False)\nsess.run(count.initializer)\n"
        "sess.run(tf.count_up_to(count, 1, name='bad'))",
        "OutOfRangeError",
        "Reached limit of 1",
        "bad",
    ),
    "an assignment of another shape": Mistake(
        "errors 6 assign",
        "pair = tf.Variable([1.0, 2.0], use_resource=False)\nsess.run(pair.initializer)\n"
        "sess.run(tf.assign(pair, u, name='bad'), {u: [1, 2, 3]})",
        INVALID,
        "Assign requires shapes of both tensors to match. lhs shape= [2] rhs shape= [3]",
        "bad",
    ),
    "an index too large": Mistake(
        "errors 6 gather",
        "sess.run(tf.gather([1, 2, 3], [i], name='bad'), {i: 5})",
        INVALID,
        "indices[0] = 5 is not in [0, 3)",
        "bad",
    ),
    "a scalar index too large": Mistake(
        "errors 6 gather",
        "sess.run(tf.gather([1, 2, 3], i, name='bad'), {i: 5})",
        INVALID,
        "indices = 5 is not in [0, 3)",
        "bad",
    ),
}

MISTAKES: dict[str, Mistake] = {
    **CONSTRUCTION,
    **LIFE,
    **STACKS,
    **FETCHES,
    **NAMES,
    **FEEDS,
    **STEPS,
    **CALLABLES,
    **PARTIAL_RUNS,
    **HANDLES,
    **REST,
    **OPERATIONS,
}
