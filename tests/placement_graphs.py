"""Small graphs whose placement is compared with TensorFlow's; built with either library.

A graph is a function of the library `tf` that adds operations to the default graph. The whole graph
is then placed by a run that does nothing. A function that yields runs what it yields in between
(None for nothing in particular), in the same session.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

CPUS = 3


@dataclass(frozen=True)
class PlacementGraph:
    """A graph, and the options of the session that places it."""

    name: str
    build: Callable[[Any], Any]
    soft: bool = False
    pruned: bool = False


GRAPHS: dict[str, PlacementGraph] = {}


def graph(**options: bool) -> Callable[[Callable[[Any], Any]], Callable[[Any], Any]]:
    """Adds a graph to `GRAPHS`, under the name of its function."""

    def add(build: Callable[[Any], Any]) -> Callable[[Any], Any]:
        GRAPHS[build.__name__] = PlacementGraph(build.__name__, build, **options)
        return build

    return add


def run(tf: Any, case: PlacementGraph) -> str:
    """Builds and places a graph; returns "" or the class and the message of the error."""
    config = tf.ConfigProto(
        device_count={"CPU": CPUS},
        allow_soft_placement=case.soft,
        log_device_placement=True,
    )
    config.graph_options.place_pruned_graph = case.pruned
    config.graph_options.optimizer_options.opt_level = -1
    config.graph_options.rewrite_options.disable_meta_optimizer = True
    with tf.Graph().as_default(), tf.Session(config=config) as session:
        try:
            for fetch in case.build(tf) or (None,):
                # A callable without feeds tells errors as the runtime does, without Python's lines.
                session.make_callable(tf.no_op() if fetch is None else fetch)()
            if not case.pruned:
                session.make_callable(tf.no_op())()
        except tf.errors.OpError as error:
            # What the runtime said, before Python added the lines of the program.
            raw = error.__context__ or error
            return f"{type(error).__name__}: {raw.message}"
    return ""


def at(tf: Any, device: str, name: str, x: Any = 1.0) -> Any:
    """A unary operation with a request."""
    with tf.device(device):
        return tf.exp(x, name=name)


def runtime_request(tensor: Any, device: str) -> None:
    """Sets a request that Python's grammar has not seen."""
    tensor.op._set_device(device)


def classed(tf: Any, tensor: Any, *groups: str) -> None:
    """Sets the colocation groups of an operation."""
    names = tf.AttrValue.ListValue(s=[f"loc:@{group}".encode() for group in groups])
    tensor.op._set_attr("_class", tf.AttrValue(list=names))


# ---- Requests ----


@graph()
def nothing_requested(tf):
    x = tf.placeholder(tf.float32, [2], name="x")
    tf.reduce_sum(tf.exp(x, name="y"), name="z")


@graph()
def explicit_requests(tf):
    at(tf, "/cpu:1", "a")
    at(tf, "/device:CPU:2", "b")
    at(tf, "/job:localhost/replica:0/task:0/device:CPU:1", "c")
    at(tf, "CPU:2", "d")


@graph()
def partial_requests(tf):
    at(tf, "/cpu:*", "a")
    at(tf, "/cpu", "b")
    at(tf, "/job:localhost", "c")
    at(tf, "/task:0", "d")
    at(tf, "/replica:0/task:0/cpu:2", "e")
    at(tf, "", "f")


@graph()
def requests_of_the_runtime(tf):
    for name, device in (
        ("a", "/"),
        ("b", "/device:CPU"),
        ("c", "/device:*:1"),
        ("d", "/CPU:2"),
        ("e", "/job:*/task:*/cpu:1"),
        ("f", "/cpu:0/device:CPU:2"),
    ):
        runtime_request(tf.exp(1.0, name=name), device)


@graph()
def nested_scopes(tf):
    with tf.device("/cpu:1"):
        with tf.device("/job:localhost"):
            tf.exp(1.0, name="a")
        with tf.device("/cpu:2"):
            tf.exp(1.0, name="b")
        with tf.device("/cpu:*"):
            tf.exp(1.0, name="c")
        with tf.device(None):
            tf.exp(1.0, name="d")
            with tf.device("/task:0"):
                tf.exp(1.0, name="e")
        with tf.device(tf.DeviceSpec(device_index=2)):
            tf.exp(1.0, name="f")
        with tf.device(tf.DeviceSpec(device_type="CPU", device_index=2)):
            tf.exp(1.0, name="g")


@graph()
def device_functions(tf):
    def by_type(op):
        return "/cpu:2" if op.type == "Exp" else "/cpu:1"

    with tf.device(by_type):
        x = tf.exp(1.0, name="a")
        tf.negative(x, name="b")
        with tf.device("/cpu:0"):
            tf.exp(x, name="c")
    with tf.device("/cpu:2"), tf.device(lambda op: op.device):
        tf.exp(x, name="d")
    with tf.device("/job:localhost"), tf.device(lambda op: "/cpu:1"):
        tf.exp(x, name="e")
    with tf.device("/cpu:2"), tf.device(lambda op: ""):
        tf.exp(x, name="f")


# ---- Generators and metadata ----


@graph()
def a_generator_beside_its_consumers(tf):
    c = tf.constant(1.0, name="c")
    at(tf, "/cpu:2", "y", c)
    at(tf, "/cpu:2", "z", c)


@graph()
def a_generator_of_consumers_apart(tf):
    c = tf.constant(1.0, name="c")
    at(tf, "/cpu:2", "y", c)
    at(tf, "/cpu:1", "z", c)


@graph()
def a_generator_with_a_request(tf):
    with tf.device("/cpu:1"):
        c = tf.constant(1.0, name="c")
    at(tf, "/cpu:2", "y", c)


@graph()
def a_generator_with_a_partial_request(tf):
    with tf.device("/job:localhost"):
        c = tf.constant(1.0, name="c")
    at(tf, "/cpu:2", "y", c)


@graph()
def a_generator_that_nobody_reads(tf):
    tf.constant(1.0, name="c")
    tf.placeholder(tf.float32, name="p")


@graph()
def a_placeholder_is_a_generator(tf):
    at(tf, "/cpu:1", "y", tf.placeholder(tf.float32, [2], name="p"))


@graph()
def control_edges_count_as_consumers(tf):
    c = tf.constant(1.0, name="c")
    with tf.control_dependencies([c]):
        at(tf, "/cpu:2", "y", tf.placeholder(tf.float32, name="p"))
    d = tf.constant(1.0, name="d")
    at(tf, "/cpu:2", "z", d)
    with tf.control_dependencies([d]):
        at(tf, "/cpu:1", "w", tf.placeholder(tf.float32, name="q"))


@graph()
def generators_that_are_colocated(tf):
    c = tf.constant(1.0, name="c")
    with tf.get_default_graph().colocate_with(c.op):
        d = tf.constant(2.0, name="d")
    at(tf, "/cpu:2", "y", c)
    at(tf, "/cpu:1", "z", d)


@graph()
def a_generator_colocated_with_another_operation(tf):
    x = tf.exp(tf.placeholder(tf.float32, name="p"), name="x")
    with tf.get_default_graph().colocate_with(x.op):
        d = tf.constant(2.0, name="d")
    at(tf, "/cpu:1", "z", d)


@graph()
def a_generator_before_its_colocated_operation(tf):
    d = tf.constant(2.0, name="d")
    with tf.get_default_graph().colocate_with(d.op):
        tf.exp(tf.placeholder(tf.float32, name="p"), name="x")
    at(tf, "/cpu:1", "z", d)


@graph()
def metadata_beside_its_input(tf):
    x = at(tf, "/cpu:2", "x", tf.placeholder(tf.float32, [None], name="p"))
    tf.shape(x, name="shape")
    tf.size(x, name="size")
    tf.rank(tf.exp(tf.placeholder(tf.float32, name="q"), name="open"), name="rank")
    tf.shape_n([x], name="shapes")
    with tf.device("/cpu:1"):
        tf.shape(x, name="requested")


@graph()
def metadata_of_a_generator(tf):
    p = tf.placeholder(tf.float32, [None], name="p")
    at(tf, "/cpu:2", "x", p)
    tf.shape(p, name="shape")


# ---- References and resources ----


@graph()
def reference_variables(tf):
    with tf.device("/cpu:1"):
        v = tf.get_variable("v", initializer=1.0, use_resource=False)
    with tf.device("/cpu:2"):
        tf.assign(v, 2.0, name="again")
        tf.assign_add(v, 1.0, name="more")
        tf.exp(v, name="y")
    w = tf.get_variable("w", initializer=1.0, use_resource=False)
    tf.assign(w, v, name="copy")


@graph()
def resource_variables(tf):
    with tf.device("/cpu:1"):
        v = tf.get_variable("v", initializer=1.0, use_resource=True)
    with tf.device("/cpu:2"):
        v.assign(2.0)
        tf.exp(v.read_value(), name="y")
    w = tf.get_variable("w", initializer=1.0, use_resource=True)
    with tf.device("/cpu:2"):
        w.assign_add(1.0)


@graph()
def a_reader_without_request_stays_with_its_reference(tf):
    v = tf.Variable(1.0, name="v", use_resource=False)
    with tf.device("/cpu:2"):
        tf.assign_sub(v, 1.0, name="less")


@graph()
def slots_of_an_optimizer(tf):
    with tf.device("/cpu:1"):
        v = tf.get_variable("v", initializer=[1.0, 2.0], use_resource=False)
    with tf.device("/cpu:2"):
        gradient = tf.constant([1.0, 1.0], name="gradient")
        tf.train.MomentumOptimizer(0.1, 0.9).apply_gradients([(gradient, v)])


@graph()
def queues(tf):
    with tf.device("/cpu:1"):
        queue = tf.FIFOQueue(3, [tf.float32], shapes=[[]], name="queue")
    with tf.device("/cpu:2"):
        queue.enqueue(1.0, name="enqueue")
        tf.exp(queue.dequeue(name="dequeue"), name="y")
    queue.size(name="size")
    queue.close(name="close")


@graph()
def two_resources_apart(tf):
    with tf.device("/cpu:1"):
        v = tf.get_variable("v", initializer=1.0, use_resource=True)
    with tf.device("/cpu:2"):
        m = tf.get_variable("m", initializer=1.0, use_resource=True)
    tf.raw_ops.ResourceApplyMomentum(
        var=v.handle, accum=m.handle, lr=0.1, grad=1.0, momentum=0.9, name="apply"
    )


@graph(soft=True)
def two_resources_apart_softly(tf):
    two_resources_apart(tf)


@graph()
def two_references_apart(tf):
    with tf.device("/cpu:1"):
        v = tf.get_variable("v", initializer=1.0, use_resource=False)
    with tf.device("/cpu:2"):
        m = tf.get_variable("m", initializer=1.0, use_resource=False)
    tf.raw_ops.ApplyMomentum(var=v._ref(), accum=m._ref(), lr=0.1, grad=1.0, momentum=0.9, name="u")


@graph()
def two_resources_one_without_request(tf):
    v = tf.get_variable("v", initializer=1.0, use_resource=True)
    with tf.device("/cpu:2"):
        m = tf.get_variable("m", initializer=1.0, use_resource=True)
    tf.raw_ops.ResourceApplyMomentum(
        var=v.handle, accum=m.handle, lr=0.1, grad=1.0, momentum=0.9, name="apply"
    )


# ---- Colocation ----


@graph()
def colocation(tf):
    graph = tf.get_default_graph()
    a = at(tf, "/cpu:1", "a")
    with graph.colocate_with(a.op):
        b = tf.exp(2.0, name="b")
        with tf.device("/cpu:2"):
            tf.exp(2.0, name="c")
    with graph.colocate_with(b.op):
        tf.exp(2.0, name="d")
    with tf.device("/cpu:2"), graph.colocate_with(a.op):
        tf.exp(2.0, name="e")


@graph()
def colocation_with_several(tf):
    graph = tf.get_default_graph()
    a = at(tf, "/cpu:2", "a")
    b = tf.exp(1.0, name="b")
    with graph.colocate_with(b.op), graph.colocate_with(a.op):
        tf.exp(2.0, name="c")
    with graph.colocate_with(a.op), graph.colocate_with(b.op, ignore_existing=True):
        tf.exp(2.0, name="d")


@graph()
def colocation_with_what_is_colocated(tf):
    classed(tf, tf.exp(1.0, name="c"), "b")
    at(tf, "/cpu:2", "a")
    classed(tf, tf.exp(1.0, name="b"), "a")
    classed(tf, tf.exp(1.0, name="d"), "b")


@graph()
def colocation_joins_partial_requests(tf):
    a = at(tf, "/job:localhost", "a")
    b = at(tf, "/cpu:*", "b")
    c = at(tf, "/cpu:2", "c")
    classed(tf, b, "a")
    classed(tf, c, "a")
    assert a is not None


@graph()
def colocation_with_a_name_that_comes_later(tf):
    a = tf.exp(1.0, name="a")
    classed(tf, a, "b")
    at(tf, "/cpu:2", "b")


@graph()
def colocation_with_a_missing_name(tf):
    classed(tf, tf.exp(1.0, name="a"), "nowhere")
    b = at(tf, "/cpu:1", "b")
    classed(tf, b, "nowhere")


@graph()
def conflicting_indices(tf):
    at(tf, "/cpu:0", "a")
    classed(tf, at(tf, "/cpu:1", "b"), "a")


@graph(soft=True)
def conflicting_indices_softly(tf):
    at(tf, "/cpu:1", "a")
    classed(tf, at(tf, "/cpu:2", "b"), "a")


@graph()
def conflicting_jobs(tf):
    at(tf, "/job:localhost", "a")
    classed(tf, at(tf, "/job:worker", "b"), "a")


@graph()
def conflicting_tasks(tf):
    at(tf, "/task:0", "a")
    classed(tf, at(tf, "/task:1", "b"), "a")


@graph()
def conflicting_replicas(tf):
    at(tf, "/replica:0", "a")
    classed(tf, at(tf, "/replica:1", "b"), "a")


@graph()
def conflicting_kinds(tf):
    at(tf, "/cpu:0", "a")
    classed(tf, at(tf, "/gpu:0", "b"), "a")


@graph(soft=True)
def conflicting_kinds_softly(tf):
    at(tf, "/cpu:2", "a")
    classed(tf, at(tf, "/gpu:0", "b"), "a")


@graph(soft=True)
def conflicting_jobs_softly(tf):
    at(tf, "/job:localhost", "a")
    classed(tf, at(tf, "/job:worker", "b"), "a")


@graph()
def a_conflict_among_three(tf):
    at(tf, "/cpu:1", "a")
    classed(tf, tf.exp(1.0, name="b"), "a")
    classed(tf, at(tf, "/cpu:2", "c"), "b", "a")


@graph(soft=True)
def a_variable_colocated_elsewhere_softly(tf):
    with tf.device("/cpu:1"):
        tf.get_variable("v", initializer=1.0, use_resource=True)
    classed(tf, at(tf, "/cpu:2", "b"), "v")


# ---- Control flow ----


@graph()
def a_loop(tf):
    def body(i, x):
        with tf.device("/cpu:1"):
            return i + 1, tf.exp(x, name="inner")

    with tf.device("/cpu:2"):
        start = tf.constant(0, name="start")
    tf.while_loop(lambda i, x: i < 3, body, [start, tf.constant(1.0, name="x")])


@graph()
def a_loop_on_a_device(tf):
    with tf.device("/cpu:2"):
        i = tf.while_loop(lambda i: i < 3, lambda i: i + 1, [tf.constant(0, name="start")])
    tf.exp(tf.cast(i, tf.float32), name="y")


@graph()
def a_condition(tf):
    p = tf.placeholder(tf.bool, [], name="p")
    x = tf.constant(1.0, name="x")

    def elsewhere():
        with tf.device("/cpu:2"):
            return tf.exp(x, name="then")

    tf.cond(p, elsewhere, lambda: tf.negative(x, name="otherwise"))


# ---- Devices that are not there ----


@graph()
def a_missing_index(tf):
    at(tf, "/cpu:7", "a")


@graph(soft=True)
def a_missing_index_softly(tf):
    at(tf, "/cpu:7", "a")


@graph()
def a_missing_gpu(tf):
    at(tf, "/gpu:0", "a")


@graph(soft=True)
def a_missing_gpu_softly(tf):
    at(tf, "/gpu:1", "a")
    with tf.device("/gpu:0"):
        v = tf.get_variable("v", initializer=1.0, use_resource=False)
        r = tf.get_variable("r", initializer=1.0, use_resource=True)
    with tf.device("/cpu:2"):
        tf.assign(v, 2.0, name="again")
        r.assign(2.0)


@graph(soft=True)
def a_missing_index_of_a_variable_softly(tf):
    with tf.device("/cpu:9"):
        v = tf.get_variable("v", initializer=1.0, use_resource=True)
    with tf.device("/cpu:2"):
        v.assign_add(1.0)


@graph()
def a_missing_kind(tf):
    at(tf, "/device:XPU:3", "a")


@graph(soft=True)
def a_missing_kind_softly(tf):
    at(tf, "/device:XPU:3", "a")


@graph()
def a_missing_job(tf):
    at(tf, "/job:worker/cpu:0", "a")


@graph(soft=True)
def a_missing_job_softly(tf):
    at(tf, "/job:worker/cpu:0", "a")


@graph(soft=True)
def a_missing_task_softly(tf):
    at(tf, "/task:3", "a")


@graph()
def a_missing_device_of_a_generator(tf):
    with tf.device("/gpu:0"):
        tf.constant(1.0, name="c")


@graph()
def a_missing_device_of_a_variable(tf):
    with tf.device("/gpu:0"):
        tf.get_variable("v", initializer=1.0, use_resource=False)


@graph()
def a_missing_device_of_a_group(tf):
    at(tf, "/gpu:0", "a")
    b = tf.exp(1.0, name="b")
    classed(tf, b, "a")


@graph()
def a_missing_device_in_a_group(tf):
    b = tf.exp(1.0, name="b")
    classed(tf, at(tf, "/gpu:0", "a"), "b")
    assert b is not None


@graph()
def a_lower_case_kind_of_the_runtime(tf):
    runtime_request(tf.exp(1.0, name="a"), "/device:cpu:0")


@graph()
def a_malformed_request(tf):
    runtime_request(tf.placeholder(tf.float32, name="a"), "/bogus")


# ---- Pruning and growing ----


@graph(pruned=True)
def only_what_is_needed(tf):
    at(tf, "/gpu:0", "unused")
    yield at(tf, "/cpu:1", "used")


@graph()
def what_is_not_needed_counts(tf):
    at(tf, "/gpu:0", "unused")
    yield at(tf, "/cpu:1", "used")


@graph()
def a_graph_that_grows(tf):
    c = tf.constant(1.0, name="c")
    v = tf.get_variable("v", initializer=1.0, use_resource=False)
    yield
    at(tf, "/cpu:2", "y", c)
    with tf.device("/cpu:1"):
        tf.assign(v, 2.0, name="again")


@graph()
def a_graph_that_grows_by_a_colocation(tf):
    a = tf.exp(tf.placeholder(tf.float32, name="p"), name="a")
    yield
    classed(tf, at(tf, "/cpu:2", "b"), "a")
    assert a is not None


@graph()
def a_stateful_operation_stays(tf):
    v = tf.get_variable("v", initializer=1.0, use_resource=True)
    yield
    classed(tf, at(tf, "/cpu:2", "b"), "v")
    assert v is not None
