"""Small session programs that are run on tfsession and on TensorFlow.

Each is a name and a source; the value of its last expression is compared, or the error that it
raises. They start with `tf`, `np`, `collections` and what PRELUDE defines.
"""

from __future__ import annotations

from tests.mistakes import MISTAKES

PRELUDE = """
a = tf.constant(1.0, name="a")
b = tf.constant([2.0, 3.0], name="b")
x = tf.placeholder(tf.float32, [2], name="x")
y = tf.multiply(x, 2.0, name="y")
p = tf.placeholder(tf.float32, [], name="p")
q = tf.placeholder(tf.float32, [], name="q")
r = tf.placeholder(tf.float32, [], name="r")
pq = tf.add(p, q, name="pq")
pqr = tf.multiply(pq, r, name="pqr")
u = tf.placeholder(tf.float32, name="u")
m = tf.placeholder(tf.float32, [2, None], name="m")
i = tf.placeholder(tf.int32, [], name="i")
w = tf.placeholder(tf.string, [None], name="w")
w0 = tf.placeholder(tf.string, [], name="w0")
f = tf.placeholder(tf.bool, [], name="f")
v = tf.Variable(5.0, name="v", use_resource=False)
rv = tf.Variable(7.0, name="rv", use_resource=True)
sess = tf.Session()
sess.run([v.initializer, rv.initializer])
graph = tf.get_default_graph()
Point = collections.namedtuple("Point", ["x", "y"])
def other_graph():
    with tf.Graph().as_default():
        return tf.constant(3.0, name="other")
"""

# What is written as one expression each, by subject.
EXPRESSIONS: dict[str, list[str]] = {
    "construction": [
        "tf.Session(graph=3)",
        "tf.Session(graph='g')",
        "tf.Session(target=3)",
        "tf.Session(tf.ConfigProto())",
        "tf.Session(config={})",
        "tf.Session(config=3)",
        "tf.Session(None).run(a)",
        "tf.Session(b'').run(a)",
        "tf.InteractiveSession(graph=3)",
        "sess.sess_str",
        "tf.Session(b'').sess_str",
        "sess.graph is graph",
        "len(sess.graph_def.node) == len(graph.as_graph_def().node)",
        "tf.Session(config=tf.ConfigProto(device_count={'CPU': 2})).run(a)",
        "[d.name for d in sess.list_devices()]",
        "sess.list_devices()[0].device_type",
        "repr(sess.list_devices()[0]).startswith("
        "'_DeviceAttributes(/job:localhost/replica:0/task:0/device:CPU:0, CPU, 268435456, ')",
    ],
    "life": [
        "[sess.close(), sess.close()]",
        "[sess.close(), sess.run(a)]",
        "[sess.close(), sess.partial_run_setup([a])]",
        "[sess.close(), sess.partial_run('h', a)]",
        "[sess.close(), sess.graph is graph]",
        "[sess.close(), len(sess.graph_def.node) > 3]",
        "[sess.close(), sess.make_callable(a)()]",
        "[sess.close(), sess.make_callable(a, [p])(1.0)]",
        "tf.Session(graph=tf.Graph()).run([])",
        "tf.Session(graph=tf.Graph()).run(None)",
        "tf.Session(graph=tf.Graph()).partial_run_setup([])",
        "tf.Session(graph=tf.Graph()).partial_run('h', [])",
        "tf.Session.reset(3)",
        "tf.Session.reset('', 3)",
        "tf.Session.reset('', [3])",
        "a.eval()",
        "a.op.run()",
        "a.eval(session=sess)",
        "a.op.run(session=sess)",
        "other_graph().eval(session=sess)",
        "other_graph().op.run(session=sess)",
        "y.eval({x: [1, 2]}, sess)",
        "tf.get_default_session()",
    ],
    "fetches": [
        "sess.run(a)",
        "sess.run(b)",
        "sess.run('a')",
        "sess.run('a:0')",
        "sess.run(b'a:0')",
        "sess.run(a.op)",
        "sess.run([])",
        "sess.run(())",
        "sess.run({})",
        "sess.run([[], {}, ()])",
        "sess.run([a, b])",
        "sess.run((a, b))",
        "sess.run([a, (b, [a]), {'k': a.op}])",
        "sess.run({'z': a, 'b': b, 3: a.op})",
        "sess.run(collections.OrderedDict([('z', a), ('b', b)]))",
        "type(sess.run(collections.defaultdict(list, {'k': a}))).__name__",
        "sess.run(Point(a, b))",
        "type(sess.run(Point(a, Point(a, b)))).__name__",
        "sess.run(type('L', (list,), {})([a, b]))",
        "sess.run(type('T', (tuple,), {})([a, b]))",
        "sess.run(v)",
        "sess.run(rv)",
        "sess.run([v, rv, v.op])",
        "sess.run(None)",
        "sess.run([a, None])",
        "sess.run({'k': None})",
        "sess.run(3)",
        "sess.run(3.5)",
        "sess.run([a, 3])",
        "sess.run({1, 2})",
        "sess.run(np.ones(2))",
        "sess.run(object)",
        "sess.run('zz')",
        "sess.run('zz:0')",
        "sess.run('a:1')",
        "sess.run('a:-1')",
        "sess.run('a:x')",
        "sess.run('a:0:1')",
        "sess.run('')",
        "sess.run(':0')",
        "sess.run(other_graph())",
        "sess.run(other_graph().op)",
        "[z is t for z, t in [sess.run([b, 'b:0'])]]",
        "type(sess.run(a)).__name__",
        "type(sess.run(tf.constant('s'))).__name__",
        "sess.run(tf.constant(['s', 't']))",
        "sess.run(tf.constant(b'\\x00\\xff'))",
        "sess.run(tf.constant([True, False]))",
        "sess.run(b).flags.writeable",
        "sess.run(b).flags.owndata",
        "sess.run(tf.SparseTensor([[0, 1]], [3.0], [2, 2]))",
        "type(sess.run(tf.SparseTensor([[0, 1]], [3.0], [2, 2]))).__name__",
        "sess.run(tf.IndexedSlices(b, tf.constant([0, 4])))",
        "sess.run(tf.IndexedSlices(b, tf.constant([0, 4]), tf.constant([9])))",
        "[graph.prevent_fetching(a.op), sess.run(a)]",
        "[graph.prevent_fetching(a.op), sess.run(a.op)]",
        "sess.run(rv.handle).dtype",
    ],
    "feeds": [
        "sess.run(y, {x: [1, 2]})",
        "sess.run(y, {'x:0': (1, 2)})",
        "sess.run(y, {x: np.array([1, 2], np.int64)})",
        "sess.run(y, {x: np.array([1, 2], np.float64)})",
        "sess.run(y, {})",
        "sess.run(y, {y: [1, 2]})",
        "sess.run(a, {a: 4})",
        "sess.run([a, a + 1.0], {a: 4})",
        "type(sess.run(a, {a: 4})).__name__",
        "sess.run(v + 1.0, {v: 4.0})",
        "sess.run(rv + 1.0, {rv: 4.0})",
        "sess.run(a, [1])",
        "sess.run(y, {x: [1, 2, 3]})",
        "sess.run(y, {x: 1})",
        "sess.run(m, {m: [[1], [2], [3]]})",
        "sess.run(m * 2.0, {m: [1, 2]})",
        "sess.run(u * 2.0, {u: [[1, 2]]})",
        "sess.run(y, {x: [1, [2, 3]]})",
        "sess.run(y, {x: ['1.5', '2']})",
        "sess.run(y, {x: 'abc'})",
        "sess.run(y, {x: ['a', 'b']})",
        "sess.run(p + 1.0, {p: None})",
        "sess.run(y, {x: b})",
        "sess.run(y, {x: [a, a]})",
        "sess.run(y, {'zz:0': 1})",
        "sess.run(y, {'x': 1})",
        "sess.run(y, {'zz': 1})",
        "sess.run(y, {'x:3': 1})",
        "sess.run(y, {'x:a': 1})",
        "sess.run(y, {3: 1})",
        "sess.run(y, {None: 1})",
        "sess.run(y, {x.op: 1})",
        "sess.run(y, {other_graph(): 1})",
        "sess.run(i + 1, {i: 1.7})",
        "sess.run(i + 1, {i: True})",
        "sess.run(i + 1, {i: -3})",
        "sess.run(tf.cast(f, tf.int32), {f: 1})",
        "sess.run(tf.cast(f, tf.int32), {f: 2})",
        "sess.run(tf.cast(f, tf.int32), {f: 0})",
        "sess.run(p * 1.0, {p: True})",
        "sess.run(p * 1.0, {p: 2 ** 24})",
        "sess.run(tf.identity(w), {w: ['a', b'b\\x00', 'ä']})",
        "sess.run(tf.identity(w), {w: np.array(['a', 'bc'])})",
        "sess.run(tf.identity(w), {w: np.array([b'a', b'bc'])})",
        "sess.run(tf.identity(w0), {w0: 3})",
        "sess.run(tf.identity(w), {w: [3.5]})",
        "sess.run(tf.identity(w), {w: [None]})",
        "sess.run(p - q, {(p, q): (5.0, 3.0)})",
        "sess.run(p - q, {(p, (q,)): (5.0, (3.0,))})",
        "sess.run(p - q, {(p, q): (5.0, 3.0, 1.0)})",
        "sess.run(p - q, {(p, p): (5.0, 3.0)})",
        "sess.run(p + 0.0, {p: 1.0, 'p:0': 2.0})",
        "sess.run(y)",
        "sess.run(m + 1.0)",
        "sess.run(u + 1.0)",
        "sess.run(pq, {p: 1.0})",
        "sess.run(p.op, {p: 1.0})",
        "sess.run(p, {p: 1.0, q: 'abc'})",
        "sess.run(a, {q: 1.0})",
        "[graph.prevent_feeding(a), sess.run(a + 1.0, {a: 2.0})]",
        "sess.run(x, {x: np.ones(2)})",
    ],
    "run": [
        "sess.run(v.assign_add(1.0))",
        "[sess.run(v.assign_add(1.0).op), sess.run(v)]",
        "[sess.run(rv.assign_add(1.0)), sess.run(rv)]",
        "tf.Session().run(v)",
        "tf.Session().run(v + 1.0)",
        "sess.run(a, options=3)",
        "sess.run(a, options=tf.RunOptions())",
        "sess.run(a, options=tf.RunOptions(inter_op_thread_pool=5))",
        "sess.run(a, options=tf.RunOptions(inter_op_thread_pool=-1))",
        "sess.run(p, {p: 1}, options=tf.RunOptions(inter_op_thread_pool=5))",
        "sess.run(a, options=tf.RunOptions(timeout_in_ms=10000))",
        "sess.run(a, run_metadata=3)",
        "sess.run(a, run_metadata=tf.RunMetadata())",
        "[graph.finalize(), sess.run(a)]",
        "[graph.finalize(), tf.constant(1.0)]",
        "sess.run(tf.floordiv(1, i), {i: 0})",
        "sess.run(tf.reshape(u, [2, 2]), {u: [1, 2, 3]})",
        "sess.run(tf.gather(b, i), {i: 5})",
        "sess.run(tf.matmul(m, m), {m: [[1], [2]]})",
        "sess.run(tf.check_numerics(p, 'oops'), {p: float('nan')})",
        "sess.run(u + tf.constant([1.0, 2.0]), {u: [1, 2, 3]})",
        "sess.run(tf.assign(v, u, validate_shape=True), {u: [1, 2]})",
    ],
    "make_callable": [
        "sess.make_callable(a)()",
        "sess.make_callable([a, b])()",
        "sess.make_callable({'k': a})()",
        "sess.make_callable(a.op)()",
        "sess.make_callable('a:0')()",
        "sess.make_callable(v)()",
        "sess.make_callable(pq, [p, q])(1.0, 2.0)",
        "sess.make_callable(pq, (p, q))(1.0, 2.0)",
        "sess.make_callable(pq, ['p:0', q])(1.0, 2.0)",
        "sess.make_callable(pq, [p, q])(1.0, 2.0, 3.0)",
        "sess.make_callable(pq, [p, q])(1.0)",
        "sess.make_callable(pq, p)",
        "sess.make_callable(pq, {p: 1})",
        "sess.make_callable(a, [])()",
        "sess.make_callable(a, [])(1.0)",
        "sess.make_callable(a)(1.0)",
        "sess.make_callable(a, accept_options=True)(options=tf.RunOptions())",
        "sess.make_callable(a, accept_options=True)(run_metadata=tf.RunMetadata())",
        "sess.make_callable(a)(options=None)",
        "sess.make_callable([])()",
        "sess.make_callable(None)",
        "sess.make_callable(3)",
        "sess.make_callable('zz')",
        "sess.make_callable(3, [p])",
        "sess.make_callable(3, [p])(1.0)",
        "sess.make_callable(pq)()",
        "sess.make_callable(v.assign_add(1.0).op)()",
        "tf.Session().make_callable(v)()",
        "tf.Session(graph=tf.Graph()).make_callable([])()",
    ],
    "partial_run": [
        "sess.partial_run_setup([pq, pqr], [p, q, r])",
        "sess.partial_run_setup([pqr, pq], [r, p, q])",
        "sess.partial_run_setup([pq, a.op], [p, q])",
        "sess.partial_run_setup(pq, [p, q])",
        "sess.partial_run_setup([], [])",
        "sess.partial_run_setup([p], [p])",
        "sess.partial_run_setup(None)",
        "sess.partial_run_setup(3)",
        "sess.partial_run_setup('zz')",
        "sess.partial_run('nope', a)",
        "sess.partial_run(None, a)",
        "sess.partial_run('nope', [])",
        "sess.partial_run('nope', a.op)",
        "tf.Session().partial_run(sess.partial_run_setup([pq], [p, q]), pq, {p: 1, q: 2})",
    ],
}

# A setup of pq and pqr over p, q, r, and what is called on it.
PARTIAL_CALLS = [
    "sess.partial_run(h, pq, {p: 1, q: 2})",
    "[sess.partial_run(h, pq, {p: 1, q: 2}), sess.partial_run(h, pqr, {r: 3})]",
    "[sess.partial_run(h, [], {p: 1}), sess.partial_run(h, [pq], {q: 2})]",
    "[sess.partial_run(h, [pq, pqr], {p: 1, q: 2, r: 5})]",
    "[sess.partial_run(h, [pq, pqr], {p: 1, q: 2, r: 5}), sess.partial_run(h, pq)]",
    "sess.partial_run(h, pqr, {p: 1, q: 2})",
    "sess.partial_run(h, pq, {p: 1})",
    "sess.partial_run(h, a)",
    "sess.partial_run(h, pq, {a: 1})",
    "sess.partial_run(h, pq, {p: 1, q: [1, 2]})",
    "[sess.partial_run(h, pq, {p: 1, q: 2}), sess.partial_run(h, pq)]",
    "[sess.partial_run(h, pq, {p: 1, q: 2}), sess.partial_run(h, pqr, {p: 1})]",
    "sess.partial_run(h, [pq, a.op], {p: 1, q: 2})",
    "sess.partial_run(h, {'k': (pq,)}, {p: 1, q: 2})",
    "[sess.partial_run(h, pq, {p: 1, q: 2}), sess.run(pq, {p: 5, q: 5})]",
    "sess.partial_run(h, [p, pq], {p: 1, q: 2})",
]

PROGRAMS_BY_NAME: dict[str, str] = {
    "life/with": "with tf.Session() as s:\n  out = [s is tf.get_default_session(), s.run(a)]\nout",
    "life/with-twice": "with sess:\n  with sess:\n    pass",
    "life/with-again": "with sess:\n  pass\nwith sess:\n  sess.run(a)",
    "life/with-error": "with tf.Session() as s:\n  raise KeyError('k')",
    "life/with-graph": (
        "g = tf.Graph()\nwith tf.Session(graph=g):\n  out = tf.get_default_graph() is g\nout"
    ),
    "life/as_default": (
        "with sess.as_default(), sess.as_default():\n  out = a.eval()\n[out, sess.run(a)]"
    ),
    "life/eval-other-default": "with tf.Session(graph=tf.Graph()):\n  a.eval()",
    "life/run-other-default": "with tf.Session(graph=tf.Graph()):\n  a.op.run()",
    "life/nesting": (
        "s, t = sess.as_default(), tf.Session().as_default()\n"
        "s.__enter__()\nt.__enter__()\ns.__exit__(None, None, None)"
    ),
    "life/reset-default-graph": "tf.reset_default_graph()",
    "life/static": (
        "c = tf.ConfigProto()\nc.experimental.optimize_for_static_graph = True\n"
        "s = tf.Session(config=c)\ns.run(a)\nd = tf.constant(2.0)\ns.run(d)"
    ),
    "life/interactive": (
        "s = tf.InteractiveSession()\nout = [a.eval(), tf.get_default_session() is s]\n"
        "s.close()\ns.close()\nout + [tf.get_default_session()]"
    ),
    "life/interactive-config": (
        "c = tf.ConfigProto()\ns = tf.InteractiveSession(config=c)\ns.close()\n"
        "c.graph_options.place_pruned_graph"
    ),
    "life/interactive-order": (
        "s, t = tf.InteractiveSession(), tf.InteractiveSession()\n"
        "try:\n  s.close()\nfinally:\n  t.close()"
    ),
    "life/metadata-twice": (
        "c = tf.ConfigProto()\nc.experimental.session_metadata.name = 'n'\n"
        "c.experimental.session_metadata.version = 3\ns = tf.Session(config=c)\n"
        "try:\n  tf.Session(config=c)\nfinally:\n  s.close()"
    ),
    "life/metadata-again": (
        "c = tf.ConfigProto()\nc.experimental.session_metadata.name = 'n'\n"
        "s = tf.Session(config=c)\ns.close()\ntf.Session(config=c).close()"
    ),
    "life/metadata-negative": (
        "c = tf.ConfigProto()\nc.experimental.session_metadata.name = 'n'\n"
        "c.experimental.session_metadata.version = -1\ntf.Session(config=c)"
    ),
    "fetches/write": "c = sess.run(b)\nc[:] = 0\nsess.run(b)",
    "fetches/variable-is-a-copy": "c = sess.run(v)\nsess.run(v.assign(9.0))\nc",
    "fetches/attrs": (
        "import attr\nA = attr.make_class('A', ['left', 'right'])\n"
        "out = sess.run(A(a, [b]))\n[type(out).__name__, out.left, out.right]"
    ),
    "fetches/graph-element": (
        "class E:\n  def _as_graph_element(self):\n    return a\nsess.run([E(), E()])"
    ),
    "feeds/sparse": (
        "s = tf.sparse_placeholder(tf.float32)\nsess.run(s, {s: ([[0, 1]], [3.0], [2, 2])})"
    ),
    "feeds/sparse-value": (
        "s = tf.sparse_placeholder(tf.float32)\n"
        "sess.run(s.values * 2.0, {s: tf.SparseTensorValue([[0, 1]], [3.0], [2, 2])})"
    ),
    "feeds/sparse-short": (
        "s = tf.sparse_placeholder(tf.float32)\nsess.run(s.values + 0.0, {s: ([[0, 1]],)})"
    ),
    "feeds/slices": (
        "s = tf.IndexedSlices(tf.placeholder(tf.float32), tf.placeholder(tf.int32))\n"
        "sess.run(s, {s: ([1.0, 2.0], [0, 1])})"
    ),
    "feeds/cuts-the-producer": (
        "with tf.control_dependencies([v.assign_add(1.0)]):\n  z = tf.identity(a)\n"
        "[sess.run(z + 1.0, {z: 3.0}), sess.run(v)]"
    ),
    "feeds/int-too-large": "sess.run(i + 1, {i: 2 ** 40})",
    "run/reset": "s = tf.Session()\ntf.Session.reset('')\ns.run(a)",
    "run/placed-pruned": (
        "c = tf.ConfigProto()\nc.graph_options.place_pruned_graph = True\n"
        "with tf.device('/gpu:3'):\n  tf.constant(1.0)\ntf.Session(config=c).run(a)"
    ),
    "run/unplaceable-unused": (
        "with tf.device('/gpu:3'):\n  tf.add(a, a, name='bad')\n"
        "try:\n  tf.Session().run(a)\nexcept tf.errors.InvalidArgumentError:\n  out = 'refused'\n"
        "out"
    ),
    "run/metadata-kept-on-error": (
        "d = tf.RunMetadata()\nd.partition_graphs.add()\n"
        "try:\n  sess.run(y, options=tf.RunOptions(trace_level=3), run_metadata=d)\n"
        "except tf.errors.InvalidArgumentError:\n  pass\nlen(d.partition_graphs)"
    ),
    "run/metadata-replaced": (
        "d = tf.RunMetadata()\nd.partition_graphs.add()\nsess.run(a, run_metadata=d)\n"
        "len(d.partition_graphs)"
    ),
    "run/blocked-timeout": (
        "s = tf.Session(config=tf.ConfigProto(operation_timeout_in_ms=100))\n"
        "s.run(tf.FIFOQueue(1, tf.float32).dequeue())"
    ),
    "run/error-op": (
        "try:\n  sess.run(tf.floordiv(1, i, name='bad'), {i: 0})\n"
        "except tf.errors.OpError as e:\n  out = [e.op.name, e.node_def.name, e.error_code]\nout"
    ),
    "make_callable/error-op": (
        "try:\n  sess.make_callable(pq)()\n"
        "except tf.errors.OpError as e:\n  out = [e.op, e.node_def]\nout"
    ),
    "make_callable/handle": (
        "sess.make_callable(tf.get_session_handle(a))().startswith(b'GetSessionHandle;')"
    ),
    "conversion/fetch": (
        "from tensorflow.python.client import session as module\n"
        "class Pair:\n  def __init__(self, *t): self.t = t\n"
        "module.register_session_run_conversion_functions(\n"
        "  Pair, lambda o: (list(o.t), lambda n: n[0] + n[1]),\n"
        "  lambda o, n: [(o.t[0], n), (o.t[1], n)], lambda o: list(o.t))\n"
        "k = Pair(p, q)\n"
        "h = sess.partial_run_setup([pq], k)\n"
        "[sess.run(k, {p: 1, q: 2}), sess.run(pq, {k: 4}), sess.partial_run(h, pq, {k: 5})]"
    ),
    "conversion/twice": (
        "from tensorflow.python.client import session as module\nclass Twice: pass\n"
        "g = lambda o: ([], list)\n"
        "module.register_session_run_conversion_functions(Twice, g)\n"
        "module.register_session_run_conversion_functions(Twice, g)"
    ),
    "conversion/object": (
        "from tensorflow.python.client import session as module\n"
        "module.register_session_run_conversion_functions(object, lambda o: ([], list))"
    ),
    "conversion/no-feed": (
        "from tensorflow.python.client import session as module\nclass NoFeed: pass\n"
        "module.register_session_run_conversion_functions(NoFeed, lambda o: ([], list))\n"
        "sess.run(a, {NoFeed(): 1})"
    ),
    "handles/text": "str(sess.run(tf.get_session_handle(a, name='hd')))",
    "handles/eval": "sess.run(tf.get_session_handle(b)).eval()",
    "handles/not-a-tensor": "tf.get_session_handle(3)",
    "handles/feed": "h = sess.run(tf.get_session_handle(b))\nsess.run(y, {x: h})",
    "handles/feed-fetch": "h = sess.run(tf.get_session_handle(b))\nsess.run([x, y], {x: h})",
    "handles/feed-no-shape-check": (
        "h = sess.run(tf.get_session_handle(tf.zeros([3])))\nsess.run(y, {x: h})"
    ),
    "handles/feed-dtype": "h = sess.run(tf.get_session_handle(a))\nsess.run(i + 1, {i: h})",
    "handles/tensor": (
        "h = sess.run(tf.get_session_handle(b))\n"
        "t, k = tf.get_session_tensor(h.handle, tf.float32)\nsess.run(k, {t: h.handle})"
    ),
    "handles/wrong-dtype": (
        "h = sess.run(tf.get_session_handle(b, name='hd'))\n"
        "t, k = tf.get_session_tensor(h.handle, tf.int32)\nsess.run(k, {t: h.handle})"
    ),
    "handles/unknown": (
        "t, k = tf.get_session_tensor('hd;9;/cpu:0', tf.float32)\nsess.run(k, {t: 'hd;9;/cpu:0'})"
    ),
    "handles/unknown-delete": (
        "t, k = tf.delete_session_tensor('hd;9;/cpu:0')\nsess.run(k, {t: 'hd;9;/cpu:0'})"
    ),
    "handles/bad-device": "tf.get_session_tensor('hd;9;what', tf.float32)",
    "handles/deleted": "h = sess.run(tf.get_session_handle(b, name='hd'))\nh.delete()\nh.eval()",
    "handles/deleted-twice": (
        "h = sess.run(tf.get_session_handle(b, name='hd'))\nh.delete()\nh.delete()"
    ),
    "handles/raw": (
        "h = sess.run(tf.get_session_handle(b, name='hd')).get_raw_handle()\n"
        "t, k = tf.get_session_tensor(h, tf.float32)\n[h, sess.run(k, {t: h})]"
    ),
    "handles/bytes": "sess.run(tf.get_session_handle(b)).to_numpy_array().dtype",
    "handles/closed": "h = sess.run(tf.get_session_handle(b))\nsess.close()\nh.eval()",
}

_OPTIONS = "from tensorflow.core.protobuf.config_pb2 import CallableOptions\n"

# What a CallableOptions message holds, and the arguments of the call.
CALLABLES: dict[str, tuple[str, str]] = {
    "plain": ("feed=['p:0', 'q:0'], fetch=['pq:0']", "np.float32(1), np.float32(2)"),
    "twice": ("feed=['p:0', 'q:0'], fetch=['pq:0', 'pq:0']", "np.float32(1), np.float32(2)"),
    "nothing": ("feed=['p:0']", "np.float32(1)"),
    "count": ("feed=['p:0', 'q:0'], fetch=['pq:0']", "np.float32(1)"),
    "dtype": ("feed=['p:0', 'q:0'], fetch=['pq:0']", "1.0, 2.0"),
    "shape": ("feed=['x:0'], fetch=['y:0']", "np.ones(3, np.float32)"),
    "feed-twice": ("feed=['p:0', 'p:0'], fetch=['pq:0']", ""),
    "unknown-fetch": ("fetch=['nope:0']", ""),
    "unknown-feed": ("feed=['nope:0'], fetch=['a:0']", ""),
    "bad-index": ("fetch=['a:3']", ""),
    "unknown-target": ("target=['nope']", ""),
    "target": ("target=['a']", ""),
    "connection": (
        "feed=['q:0'], fetch=['pq:0'], tensor_connection=[{'from_tensor': 'a:0', "
        "'to_tensor': 'p:0'}]",
        "np.float32(1)",
    ),
    "connection-unknown": (
        "fetch=['a:0'], tensor_connection=[{'from_tensor': 'a:0', 'to_tensor': 'nope:0'}]",
        "",
    ),
    "connection-from-unknown": (
        "fetch=['y:0'], tensor_connection=[{'from_tensor': 'nope:0', 'to_tensor': 'x:0'}]",
        "",
    ),
    "connection-cycle": (
        "fetch=['y:0'], tensor_connection=[{'from_tensor': 'y:0', 'to_tensor': 'x:0'}]",
        "",
    ),
    "feed-device": (
        "feed=['x:0'], fetch=['y:0'], feed_devices={'x:0': '/device:GPU:0'}",
        "np.ones(2, np.float32)",
    ),
    "feed-device-name": (
        "feed=['x:0'], fetch=['y:0'], feed_devices={'x:0': 'what'}",
        "np.ones(2, np.float32)",
    ),
    "feed-device-cpu": (
        "feed=['x:0'], fetch=['y:0'], feed_devices={'x:0': '/device:CPU:0'}",
        "np.ones(2, np.float32)",
    ),
    "fetch-device": (
        "feed=['x:0'], fetch=['y:0'], fetch_devices={'y:0': '/device:CPU:0'}",
        "np.ones(2, np.float32)",
    ),
    "fetch-device-skip": (
        "feed=['x:0'], fetch=['y:0'], fetch_devices={'y:0': '/device:CPU:0'}, fetch_skip_sync=True",
        "np.ones(2, np.float32)",
    ),
}


# What queue programs start with; `begun(f)` runs f in a thread, `until(f)` waits for f() to hold.
_QUEUES = """
import re, threading, time
known = {op.name for op in graph.get_operations()}
Q = tf.FIFOQueue(3, [tf.int32], [[]], name='queue')
def many(queue, *values):
    sess.run(queue.enqueue_many([list(values)]))
def all_of(queue):
    taken = queue.dequeue()
    return [sess.run(taken) for _ in range(sess.run(queue.size()))]
def until(condition):
    while not condition():
        time.sleep(0.005)
def begun(function):
    outcome = []
    def work():
        try:
            outcome.append(function())
        except Exception as error:
            text = re.sub(r"'_[0-9]+_", "'_0_", error.message)
            lines = [line for line in text.split(chr(10)) if re.search("Queue '|cancelled", line)]
            outcome.append((type(error).__name__, lines[:1]))
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    return thread, outcome
def ended(pair):
    pair[0].join()
    return pair[1]
def names_of_graph():
    # Summaries come from a module that is not there yet.
    new = [o for o in graph.get_operations() if o.name not in known and '/fraction_' not in o.name]
    return sorted((o.name, o.type) for o in new)
"""

QUEUES: dict[str, str] = {
    "attributes": (
        "q = tf.FIFOQueue(3, [tf.int32, tf.string], [[2], []], names=['a', 'b'], name='scope/q')\n"
        "[q.name, q.dtypes == [tf.int32, tf.string], [s.as_list() for s in q.shapes], q.names,"
        " q.queue_ref.dtype.name, q.queue_ref.op.type, q.queue_ref.op.name]"
    ),
    "names": (
        "[o.name for o in [Q.enqueue(1), Q.enqueue_many([[1]]), Q.dequeue().op,"
        " Q.dequeue_many(2).op, Q.dequeue_up_to(2).op, Q.size().op, Q.close(), Q.is_closed().op,"
        " Q.enqueue(1), Q.dequeue().op]]"
    ),
    "all-operations": (
        "Q.enqueue(1), Q.enqueue_many([[1]]), Q.dequeue_many(2), Q.dequeue_up_to(2), Q.size()\n"
        "tf.PaddingFIFOQueue(3, tf.int32, [[None]]).dequeue()\n"
        "tf.PriorityQueue(3, tf.int32, [[]]).dequeue()\n"
        "tf.RandomShuffleQueue(3, 1, tf.int32, [[]]).dequeue()\nnames_of_graph()"
    ),
    "converts": "sess.run(Q.enqueue(np.int32(3)))\nsess.run(Q.enqueue([4]))\nall_of(Q)",
    "float-for-int": "sess.run(Q.enqueue(1.5))",
    "wrong-tensor": "sess.run(Q.enqueue(tf.constant(1.5)))",
    "tuple": (
        "q = tf.FIFOQueue(3, [tf.int32, tf.float32], [[], []])\nsess.run(q.enqueue((1, 2)))\n"
        "sess.run(q.dequeue())"
    ),
    "dict": (
        "q = tf.FIFOQueue(3, [tf.int32, tf.float32], [[], []], names=['a', 'b'])\n"
        "sess.run(q.enqueue_many({'b': [2], 'a': [1]}))\nsess.run(q.dequeue_many(1))"
    ),
    "single-name": (
        "q = tf.FIFOQueue(3, [tf.int32], [[]], names='a')\nsess.run(q.enqueue({'a': 1}))\n"
        "sess.run(q.dequeue())"
    ),
    "static-shapes": (
        "q = tf.FIFOQueue(3, [tf.int32, tf.int32], [[2], []])\n"
        "[[t.shape.as_list() for t in ts] for ts in"
        " (q.dequeue(), q.dequeue_many(4), q.dequeue_up_to(4), q.dequeue_many(i))]"
    ),
    "shape-unknown": "str(tf.FIFOQueue(3, tf.int32).dequeue().shape)",
    "zero-of-closed": (
        "sess.run(Q.close())\n[sess.run(Q.dequeue_many(0)), sess.run(Q.dequeue_up_to(0))]"
    ),
    "nothing-into-closed": "sess.run(Q.close())\nsess.run(Q.enqueue_many([np.zeros(0, np.int32)]))",
    "size-of-closed": (
        "many(Q, 1, 2)\nsess.run(Q.close())\n[sess.run(Q.size()), sess.run(Q.is_closed())]"
    ),
    "capacity-negative": (
        "q = tf.FIFOQueue(-1, tf.int32, [[]])\nmany(q, *range(100))\nsess.run(q.size())"
    ),
    "partial-batch-lost": (
        "many(Q, 1)\ntry:\n"
        "  sess.run(Q.dequeue_many(3), options=tf.RunOptions(timeout_in_ms=100))\n"
        "except tf.errors.DeadlineExceededError:\n  pass\nsess.run(Q.size())"
    ),
    "partial-enqueue-stays": (
        "q = tf.FIFOQueue(2, tf.int32, [[]])\ntry:\n  sess.run(q.enqueue_many([[1, 2, 3]]),"
        " options=tf.RunOptions(timeout_in_ms=100))\n"
        "except tf.errors.DeadlineExceededError:\n  pass\nall_of(q)"
    ),
    "closed-while-batch-waits": (
        "many(Q, 1)\nn = Q.size()\nbatch = Q.dequeue_many(2)\nclose = Q.close()\n"
        "waiting = begun(lambda: sess.run(batch))\nuntil(lambda: sess.run(n) == 0)\n"
        "sess.run(close)\n[ended(waiting), sess.run(n)]"
    ),
    "up-to-while-closed": (
        "many(Q, 1)\nn = Q.size()\nbatch = Q.dequeue_up_to(2)\nclose = Q.close()\n"
        "waiting = begun(lambda: sess.run(batch))\nuntil(lambda: sess.run(n) == 0)\n"
        "sess.run(close)\n[ended(waiting), sess.run(n)]"
    ),
    "close-waits": (
        "many(Q, 1, 2, 3)\nput, close, done = Q.enqueue(4), Q.close(), Q.is_closed()\n"
        "take = Q.dequeue()\nfirst = begun(lambda: sess.run(put))\ntime.sleep(0.1)\n"
        "second = begun(lambda: sess.run(close))\ntime.sleep(0.1)\nbefore = sess.run(done)\n"
        "sess.run(take)\n[before, ended(first), ended(second), sess.run(done)]"
    ),
    "close-cancels": (
        "many(Q, 1, 2, 3)\nput, close, n = Q.enqueue(4), Q.close(True), Q.size()\n"
        "first = begun(lambda: sess.run(put))\ntime.sleep(0.1)\nsess.run(close)\n"
        "sess.run(close)\n[ended(first), sess.run(n)]"
    ),
    "shuffle-restores": (
        "q = tf.RandomShuffleQueue(9, 0, [tf.int32], [[]], seed=5)\nmany(q, 1, 2, 3, 4)\n"
        "n, batch, close, take = q.size(), q.dequeue_many(6), q.close(), q.dequeue()\n"
        "waiting = begun(lambda: sess.run(batch))\nuntil(lambda: sess.run(n) == 0)\n"
        "sess.run(close)\n[ended(waiting), [sess.run(take) for _ in range(4)]]"
    ),
    "shuffle-minimum": (
        "q = tf.RandomShuffleQueue(9, 2, [tf.int32], [[]], seed=5)\nmany(q, 1, 2, 3, 4)\n"
        "n, take, close = q.size(), q.dequeue(), q.close()\nout = [sess.run(take) for _ "
        "in range(2)]\n"
        "waiting = begun(lambda: sess.run(take))\ntime.sleep(0.1)\nout.append(sess.run(n))\n"
        "sess.run(close)\n[out, ended(waiting), sess.run(n)]"
    ),
    "padding": (
        "q = tf.PaddingFIFOQueue(9, [tf.float32, tf.string, tf.bool], [[2, None], "
        "[None], [None]])\n"
        "sess.run(q.enqueue((np.ones((2, 1)), ['a', 'b'], [True])))\n"
        "sess.run(q.enqueue((np.ones((2, 3)), ['c'], [True, True])))\n"
        "sess.run(q.enqueue_many((np.ones((2, 2, 2)), [['d'], ['e']], [[True], [True]])))\n"
        "[sess.run(q.dequeue()), sess.run(q.dequeue_many(3))]"
    ),
    "padding-up-to": (
        "q = tf.PaddingFIFOQueue(9, [tf.int64], [[None]])\nsess.run(q.enqueue(([1],)))\n"
        "sess.run(q.enqueue(([1, 2],)))\nsess.run(q.close())\nsess.run(q.dequeue_up_to(5))"
    ),
    "priority": (
        "q = tf.PriorityQueue(9, [tf.string], [[]])\n"
        "sess.run(q.enqueue_many(([3, 1, 2, 1], ['c', 'a', 'b', 'a2'])))\n"
        "[sess.run(q.dequeue()), sess.run(q.dequeue_many(3))]"
    ),
    "priority-int32": (
        "q = tf.PriorityQueue(9, [tf.string], [[]])\nq.enqueue((tf.constant(1, tf.int32), 'a'))"
    ),
    "priority-attributes": (
        "q = tf.PriorityQueue(9, [tf.string], [[]])\n"
        "[[d.name for d in q.dtypes], [s.as_list() for s in q.shapes]]"
    ),
    "priority-without-shapes": "tf.PriorityQueue(9, [tf.string])",
    "priority-vector": (
        "q = tf.PriorityQueue(9, [tf.string], [[]])\nn = tf.placeholder(tf.int64)\n"
        "sess.run(q.enqueue((n, 'a'), name='put'), {n: [1]})"
    ),
    "shared": (
        "q = tf.FIFOQueue(3, tf.int32, [[]], shared_name='S')\n"
        "r = tf.FIFOQueue(3, tf.int32, [[]], shared_name='S')\nmany(q, 1)\nsess.run(r.size())"
    ),
    "containers": (
        "q = tf.FIFOQueue(3, tf.int32, [[]], shared_name='S')\nwith tf.container('c'):\n"
        "  r = tf.FIFOQueue(3, tf.int32, [[]], shared_name='S')\nmany(q, 1)\nsess.run(r.size())"
    ),
    "sessions": (
        "q = tf.FIFOQueue(3, tf.int32, [[]], shared_name='S')\nmany(q, "
        "1)\ntf.Session().run(q.size())"
    ),
    "from-list-shapes": (
        "r = tf.FIFOQueue(3, tf.int32, [[1]])\n"
        "[str(s) for s in tf.QueueBase.from_list(0, [Q, r]).shapes]"
    ),
    "string-producer": (
        "tf.train.string_input_producer(['a', 'b', 'c'], num_epochs=1, shuffle=False, name='sip')\n"
        "names_of_graph()"
    ),
    "string-producer-shuffled": (
        "tf.train.string_input_producer(['a', 'b', 'c'])\nnames_of_graph()"
    ),
    "slice-producer": (
        "tf.train.slice_input_producer([[1, 2], [3, 4]], num_epochs=2)\nnames_of_graph()"
    ),
    "range-producer": "tf.train.range_input_producer(4, name='r')\nnames_of_graph()",
    "batch": "tf.train.batch([a, b], 4, name='B')\nnames_of_graph()",
    "batch-parts": (
        "tf.train.batch({'x': a}, 4, num_threads=2, dynamic_pad=True,"
        " allow_smaller_final_batch=True)\nnames_of_graph()"
    ),
    "maybe-batch": "tf.train.maybe_batch([a, b], i > 0, 4)\nnames_of_graph()",
    "batch-join": "tf.train.batch_join([[a], [a]], 4)\nnames_of_graph()",
    "shuffle-batch": (
        "tf.train.shuffle_batch([a, b], 4, capacity=10, min_after_dequeue=3, name='SB')\n"
        "names_of_graph()"
    ),
    "shuffle-batch-join": (
        "tf.train.shuffle_batch_join([[a], [a]], 4, capacity=10, min_after_dequeue=3)\n"
        "names_of_graph()"
    ),
    "local-variables": (
        "tf.train.string_input_producer(['a'], num_epochs=1, name='sip')\n"
        "[(v.name, v.dtype.name) for v in tf.local_variables()]"
    ),
    "match-filenames": (
        "names = tf.train.match_filenames_once(folder + '/*')\n"
        "[names.name, [v.name for v in tf.local_variables()]]"
    ),
    "runner": (
        "runner = tf.train.QueueRunner(Q, [Q.enqueue(1, name='put')])\n"
        "coord = tf.train.Coordinator()\n"
        "threads = runner.create_threads(sess, coord)\n"
        "[[t.name for t in threads], [t.daemon for t in threads], runner.name,"
        " runner.close_op.name, runner.cancel_op.name,"
        " [t.__name__ for t in runner.queue_closed_exception_types],"
        " runner.create_threads(sess, coord)]"
    ),
    "runner-proto": (
        "runner = tf.train.QueueRunner(Q, [Q.enqueue(1, name='put')])\nstr(runner.to_proto())"
    ),
    "runners-none": "tf.train.start_queue_runners(sess)",
    "runner-closed-session": (
        "take = Q.dequeue()\nrunner = tf.train.QueueRunner(Q, [Q.enqueue(1, name='put')])\n"
        "coord = tf.train.Coordinator()\ns = tf.Session()\n"
        "threads = runner.create_threads(s, coord)\ns.close()\n"
        "for thread in threads:\n  thread.start()\ncoord.join(threads)"
    ),
    "coordinator-twice": (
        "coord = tf.train.Coordinator()\n"
        "for error in (ValueError('1'), KeyError('2')):\n"
        "  try:\n    raise error\n  except Exception as caught:\n    coord.request_stop(caught)\n"
        "coord.join([])"
    ),
    "coordinator-tuple": (
        "import sys\ncoord = tf.train.Coordinator()\n"
        "try:\n  raise KeyError('k')\nexcept KeyError:\n  coord.request_stop(sys.exc_info())\n"
        "coord.raise_requested_exception()"
    ),
    "coordinator-stop-on-exception": (
        "coord = tf.train.Coordinator()\nwith coord.stop_on_exception():\n"
        "  raise ValueError('in')\ncoord.join([])"
    ),
    "coordinator-clean": (
        "coord = tf.train.Coordinator()\n"
        "coord.request_stop(tf.errors.OutOfRangeError(None, None, 'end'))\ncoord.join([])\n"
        "[coord.should_stop(), coord.joined, coord.wait_for_stop(0)]"
    ),
    "coordinator-late": (
        "coord = tf.train.Coordinator()\ncoord.request_stop()\ncoord.join([])\n"
        "try:\n  raise ValueError('late')\nexcept ValueError as error:\n"
        "  coord.request_stop(error)"
    ),
    "coordinator-late-clean": (
        "coord = tf.train.Coordinator()\ncoord.request_stop()\ncoord.join([])\n"
        "coord.request_stop(tf.errors.OutOfRangeError(None, None, 'end'))"
    ),
    "coordinator-clear": (
        "coord = tf.train.Coordinator()\nwith coord.stop_on_exception():\n"
        "  raise ValueError('1')\ntry:\n  coord.join([])\nexcept ValueError:\n  "
        "pass\ncoord.clear_stop()\n"
        "[coord.should_stop(), coord.joined, coord.join([])]"
    ),
    "coordinator-clean-types": "tf.train.Coordinator(clean_stop_exception_types=[KeyError])",
}

_FILES = """
def written(name, content):
    with open(folder + '/' + name, 'wb') as file:
        file.write(content)
    return folder + '/' + name
def read(reader, *names, up_to=None):
    queue = tf.FIFOQueue(9, [tf.string], [[]])
    if names:
        sess.run(queue.enqueue_many([[folder + '/' + name for name in names]]))
    sess.run(queue.close())
    record = reader.read(queue) if up_to is None else reader.read_up_to(queue, up_to)
    counts = [reader.num_records_produced(), reader.num_work_units_completed()]
    out = []
    for _ in range(12):
        try:
            key, value = sess.run(record)
        except tf.errors.OutOfRangeError:
            return out + [sess.run(counts)]
        except tf.errors.OpError as error:
            out.append(type(error).__name__)
            continue
        keys = [k.replace(folder.encode(), b'') for k in np.atleast_1d(np.array(key, object))]
        out.append([keys, np.atleast_1d(np.array(value, object)).tolist(), sess.run(counts)])
    return out
written('a.txt', b'x\\r\\ny\\rz\\r\\r\\n\\nlast')
written('b.txt', b'1\\n2\\n3\\n')
written('empty', b'')
written('short', b'123456789')
written('long', b'no record at all')
written('f.bin', b'HHabcdefghijFF')
"""

READERS: dict[str, str] = {
    "lines": "read(tf.TextLineReader(), 'a.txt', 'empty', 'b.txt')",
    "header": "read(tf.TextLineReader(skip_header_lines=2), 'b.txt', 'empty', 'b.txt')",
    "long-header": "read(tf.TextLineReader(9), 'b.txt', 'b.txt')",
    "lines-up-to": "read(tf.TextLineReader(), 'b.txt', 'empty', 'b.txt', up_to=2)",
    "lines-up-to-0": "read(tf.TextLineReader(), 'b.txt', up_to=0)",
    "missing": "read(tf.TextLineReader(), 'nope', 'b.txt')",
    "missing-whole": "read(tf.WholeFileReader(), 'nope', 'b.txt')",
    "missing-tfrecord": "read(tf.TFRecordReader(), 'nope')",
    "missing-fixed": "read(tf.FixedLengthRecordReader(2), 'nope', 'b.txt')",
    "whole": "read(tf.WholeFileReader(), 'b.txt', 'empty')",
    "whole-up-to": "read(tf.WholeFileReader(), 'b.txt', 'empty', up_to=2)",
    "identity": "folder = ''\nread(tf.IdentityReader(), 'b.txt', 'empty')",
    "identity-up-to": "folder = ''\nread(tf.IdentityReader(), 'b.txt', 'empty', 'no', up_to=2)",
    "fixed": "read(tf.FixedLengthRecordReader(4, 2, 2), 'f.bin')",
    "fixed-hop": "read(tf.FixedLengthRecordReader(8, 2, 2, 1), 'f.bin')",
    "fixed-wide-hop": "read(tf.FixedLengthRecordReader(2, hop_bytes=5), 'f.bin', 'f.bin')",
    "fixed-large": "read(tf.FixedLengthRecordReader(20), 'f.bin')",
    "fixed-rest": "read(tf.FixedLengthRecordReader(4), 'f.bin', up_to=2)",
    "fixed-header-too-long": "read(tf.FixedLengthRecordReader(2, 99), 'f.bin', 'f.bin')",
    "fixed-footer-too-long": "read(tf.FixedLengthRecordReader(2, 0, 99), 'f.bin', 'f.bin')",
    "tfrecord": (
        "with tf.python_io.TFRecordWriter(folder + '/r') as w:\n"
        "  for t in (b'abc', b'', b'hello world'):\n    w.write(t)\n"
        "read(tf.TFRecordReader(), 'r', 'empty')"
    ),
    "tfrecord-zlib": (
        "o = tf.python_io.TFRecordOptions(tf.python_io.TFRecordCompressionType.ZLIB)\n"
        "with tf.python_io.TFRecordWriter(folder + '/z', o) as w:\n"
        "  for t in (b'abc', b'', b'hello world'):\n    w.write(t)\n"
        "read(tf.TFRecordReader(options=o), 'z')"
    ),
    "tfrecord-short": "read(tf.TFRecordReader(), 'short')",
    "tfrecord-corrupt": "read(tf.TFRecordReader(), 'long')[:3]",
    "reset": (
        "r = tf.TextLineReader()\nout = read(r, 'b.txt')\nsess.run(r.reset())\n"
        "out + [sess.run([r.num_records_produced(), r.num_work_units_completed()])]"
    ),
    "state": (
        "r = tf.IdentityReader()\nq = tf.FIFOQueue(9, [tf.string], [[]])\n"
        "sess.run(q.enqueue('x'))\nsess.run(r.read(q.queue_ref))\n"
        "s = sess.run(r.serialize_state())\nt = tf.IdentityReader()\nsess.run(t.restore_state(s))\n"
        "[s, sess.run(t.num_records_produced()), sess.run(t.serialize_state()) == s]"
    ),
    "serializable": (
        "[r.supports_serialize for r in [tf.TextLineReader(), tf.WholeFileReader(),"
        " tf.IdentityReader(), tf.TFRecordReader(), tf.FixedLengthRecordReader(1)]]"
    ),
    "negative-state": (
        "sess.run(tf.IdentityReader(name='r').restore_state(b'\\x08\\x03\\x10\\x02'))"
    ),
    "static-shapes": (
        "r, q = tf.TextLineReader(), tf.FIFOQueue(9, [tf.string], [[]])\n"
        "[t.shape.as_list() for t in [*r.read(q), *r.read_up_to(q, 2), r.num_records_produced(),"
        " r.serialize_state()]] + [r.num_work_units_completed().dtype.name, "
        "r.reader_ref.dtype.name]"
    ),
}


def programs() -> dict[str, str]:
    """All programs by name."""
    found = dict(PROGRAMS_BY_NAME)
    for subject, expressions in EXPRESSIONS.items():
        found.update({f"{subject}/{expression}": expression for expression in expressions})
    for call in PARTIAL_CALLS:
        setup = "h = sess.partial_run_setup([pq, pqr], [p, q, r])\n"
        found[f"partial_run/h: {call}"] = setup + call
    for name, (options, arguments) in CALLABLES.items():
        found[f"callable/{name}"] = (
            f"{_OPTIONS}sess._make_callable_from_options(CallableOptions({options}))({arguments})"
        )
    found.update({f"queues/{name}": _QUEUES + source for name, source in QUEUES.items()})
    found.update({f"readers/{name}": _FILES + source for name, source in READERS.items()})
    found.update({f"mistake/{name}": mistake.source for name, mistake in MISTAKES.items()})
    return found
