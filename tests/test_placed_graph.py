"""The placement of graphs that grow: that of the whole graph, at the price of what is new."""

from __future__ import annotations

import random

import pytest
from placement_graphs import classed

import tfsession as tf
from tfsession.compile.kernel_table import load_kernels
from tfsession.compile.place import Placement, place
from tfsession.devices.lister import SimulatedLister, create_devices
from tfsession.run import placed_graph
from tfsession.run.placed_graph import PlacedGraph

REQUESTS = [*[None] * 15, "/cpu:0", "/cpu:1", "/gpu:0", "/gpu:1", "/gpu:*", "/gpu:7"]

pytestmark = pytest.mark.usefixtures("graph")


def config_and_devices(soft=False):
    config = tf.ConfigProto(device_count={"CPU": 2}, allow_soft_placement=soft)
    return config, create_devices(config, SimulatedLister("2"), {})


# ---- The same as placing everything anew ----


class WholeGraph:
    """Places all operations whenever there are new ones: what has a state stays."""

    def __init__(self, graph, devices, config):
        self.placement = Placement()
        self._graph, self._devices, self._soft = graph, devices, config.allow_soft_placement

    def place(self, _):
        operations = self._graph.get_operations()
        load_kernels(operations)
        placed = self.placement.devices
        present = {op: device for op, device in placed.items() if op.op_def_.is_stateful}
        self.placement.update(place(operations, self._devices, self._soft, present))


class RandomGraph:
    """Adds operations of every kind that the placer treats in its own way."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.graph = tf.get_default_graph()
        self.values = [tf.constant(1.0), tf.placeholder(tf.float32, [])]
        self.variables = []
        self.makers = [
            self.constant, self.placeholder, self.unary, self.unary, self.binary, self.shape,
            self.reference, self.resource, self.assign, self.assign, self.text, self.host_only,
            self.queue, self.memory, self.after, self.together,
        ]  # fmt: skip

    def grow(self):
        for _ in range(self.random.randint(1, 4)):
            made = self.one()
            operation = getattr(made, "op", made)
            if operation.outputs and self.random.random() < 0.2:
                self.join(operation)

    def one(self):
        with tf.device(self.random.choice(REQUESTS)):
            return self.random.choice(self.makers)()

    def join(self, operation):
        """Puts an operation in the group of another one, which may come later or never."""
        if self.random.random() < 0.3:
            name = self.graph.unique_name("Exp", mark_as_used=False)
        else:
            name = self.random.choice(self.graph.get_operations()).name
        groups = {group.decode()[5:] for group in operation.attrs.get("_class", ())}
        classed(tf, operation.outputs[0], *groups, name)

    def change(self):
        """Graph surgery."""
        tensor = self.random.choice(self.values)
        self.random.choice(
            [
                lambda: tensor.op._set_device(self.random.choice(REQUESTS) or ""),
                lambda: self.join(tensor.op),
                lambda: tensor.op._add_control_input(self.values[0].op),
            ]
        )()

    def value(self):
        return self.random.choice(self.values)

    def keep(self, tensor):
        self.values.append(tensor)
        return tensor

    def constant(self):
        return self.keep(tf.constant(2.0))

    def placeholder(self):
        return self.keep(tf.placeholder(tf.float32, []))

    def unary(self):
        return self.keep(tf.exp(self.value()))

    def binary(self):
        return self.keep(self.value() + self.value())

    def shape(self):
        tensor = self.random.choice([self.value, self.memory])()
        return self.keep(tf.to_float(tf.rank(tensor, name="rank")))

    def reference(self):
        return self.variable(False)

    def resource(self):
        return self.variable(True)

    def variable(self, use_resource):
        initial = self.random.choice([1.0, 1])
        name = self.graph.unique_name("v")
        variable = tf.get_variable(name, initializer=initial, use_resource=use_resource)
        self.variables.append(variable)
        return variable

    def assign(self):
        if not self.variables:
            return self.reference()
        variable = self.random.choice(self.variables)
        return tf.assign(variable, tf.cast(self.value(), variable.dtype.base_dtype))

    def text(self):
        return tf.as_string(self.value())

    def host_only(self):
        return tf.random_shuffle(tf.reshape(self.value(), [1]))

    def queue(self):
        queue = tf.FIFOQueue(1, [tf.float32])
        return self.random.choice([queue.enqueue(self.value()), queue.size()])

    def memory(self):
        """A value that is made from nothing and has a state."""
        return tf.contrib.memory_stats.BytesInUse()

    def after(self):
        with tf.control_dependencies([self.value(), self.value()]):
            return self.random.choice([self.constant, self.unary])()

    def together(self):
        with self.graph.colocate_with(self.value().op):
            return self.random.choice([self.constant, self.unary])()


def outcome(placer):
    try:
        placer.place(())
    except tf.errors.InvalidArgumentError as error:
        return error.message
    return ""


def check_growth(seed, soft):
    made = RandomGraph(seed)
    config, devices = config_and_devices(soft)
    whole = WholeGraph(made.graph, devices, config)
    placed = PlacedGraph(made.graph, devices, config)
    for _ in range(12):
        made.grow()
        if made.random.random() < 0.05:
            made.change()
            made.grow()
        error = outcome(whole)
        assert outcome(placed) == error
        assert placed.placement == whole.placement
        assert list(placed.placement.devices) == list(whole.placement.devices)
        if error:
            return


@pytest.mark.parametrize("soft", [False, True])
@pytest.mark.parametrize("seed", range(30))
def test_a_graph_that_grows_is_placed_as_a_whole(seed, soft):
    check_growth(seed, soft)


# ---- The price ----


def test_only_what_new_operations_may_move_is_placed(monkeypatch):
    sizes = []

    def counted(operations, *arguments):
        sizes.append(len(operations))
        return place(operations, *arguments)

    monkeypatch.setattr(placed_graph, "place", counted)
    shared = tf.constant(2.0)
    variables = [tf.get_variable(f"v{n}", initializer=1.0) * shared for n in range(50)]
    placed = PlacedGraph(tf.get_default_graph(), *reversed(config_and_devices()))
    for number in range(6):
        placed.place(())
        placed.place(())
        with tf.device("/gpu:1"):
            tf.exp(variables[number] + 3.0) * shared
    assert sizes[0] == 251
    # The second placement binds what has a state. After that: new operations, and what they share.
    assert sizes[2:] == [5, 5, 5, 5]


def test_operations_that_are_changed_count_when_the_graph_grows():
    first, second = tf.exp(1.0), tf.exp(1.0)
    placed = PlacedGraph(tf.get_default_graph(), *reversed(config_and_devices()))
    placed.place(())
    first.op._set_device("/cpu:1")
    assert placed.place(())[first.op].endswith("GPU:0")
    tf.exp(second)
    assert placed.place(())[first.op].endswith("CPU:1")
    assert placed.place(())[second.op].endswith("GPU:0")


def test_a_log_that_fails_does_not_lose_the_placement(monkeypatch):
    x = tf.exp(1.0)
    placed = PlacedGraph(tf.get_default_graph(), *reversed(config_and_devices()))

    def fail(*arguments):
        raise BrokenPipeError

    monkeypatch.setattr(placed_graph.PlacementLog, "note", fail)
    with pytest.raises(BrokenPipeError):
        placed.place(())
    assert placed.place(())[x.op].endswith("GPU:0")


def test_a_graph_that_could_not_be_placed_can_be_mended():
    tf.exp(1.0)
    placed = PlacedGraph(tf.get_default_graph(), *reversed(config_and_devices()))
    placed.place(())
    with tf.device("/gpu:7"):
        bad = tf.exp(2.0, name="bad")
    for _ in range(2):
        with pytest.raises(tf.errors.InvalidArgumentError, match="for operation bad"):
            placed.place(())
    classed(tf, bad, "Exp")
    bad.op._set_device("/gpu:1")
    with pytest.raises(tf.errors.InvalidArgumentError, match="for operation bad"):
        placed.place(())
    bad.op.inputs[0].op._set_device("")
    assert set(placed.place(())) == set(tf.get_default_graph().get_operations())
