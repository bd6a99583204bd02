"""Small session programs that are run on tfsession and on TensorFlow.

Each is a name and a source; the value of its last expression is compared, or the error that it
raises. They start with `tf`, `np`, `collections` and what PRELUDE defines.
"""

from __future__ import annotations

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
    return found
