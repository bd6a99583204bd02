"""The programs that are measured, written once against TensorFlow 1's names.

Each is a function of the module that executes it (tfsession, or tensorflow.compat.v1) which builds
the program and returns a function of a number of steps: it runs them and returns the last loss.
Data and weights are random numbers of fixed seeds, so both executors compute the same losses.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

Run = Callable[[int], float]

THREADS = 32
LINKS = 100
LARGE_GRAPH_CHAINS, LARGE_GRAPH_LINKS = 100, 50  # a link has four ops
LSTM_STEPS, LSTM_BATCH, LSTM_WIDTH = 20, 32, 128


@dataclass(frozen=True)
class Workload:
    """A program and what is expected of it.

    Attributes:
      build: makes the program for a module.
      what: one line about it.
      target: the ratio of tfsession's time to TensorFlow's to stay under, such as "1/8".
      warm_up: steps before the clock starts; the losses of the last one are compared.
      memory_target: the same for the memory of a process that runs nothing else; None: memory is
        not compared.
    """

    build: Callable[[Any], Run]
    what: str
    target: str | None = None
    warm_up: int = 3
    memory_target: str | None = None


def run_overhead(tf: Any) -> Run:
    """Two scalars in, their sum out: what `run` itself costs."""
    a = tf.placeholder(tf.float32, [])
    b = tf.placeholder(tf.float32, [])
    total = a + b
    session = tf.Session()

    def run(steps: int) -> float:
        for _ in range(steps):
            value = session.run(total, feed_dict={a: 2.0, b: 3.0})
        return float(value)

    return run


def callables(tf: Any) -> Run:
    """What a function made by `make_callable` costs: no feed, one scalar fetched."""
    session = tf.Session()
    total = tf.placeholder_with_default(tf.constant(2.0), []) + 3.0
    call = session.make_callable(total)

    def run(steps: int) -> float:
        for _ in range(steps):
            value = call()
        return float(value)

    return run


def partial_runs(tf: Any) -> Run:
    """A partial run of two parts: a setup and two calls."""
    x = tf.placeholder(tf.float32, [])
    y = tf.placeholder(tf.float32, [])
    first = x + 1.0
    second = first * y
    session = tf.Session()

    def run(steps: int) -> float:
        for _ in range(steps):
            handle = session.partial_run_setup([first, second], [x, y])
            session.partial_run(handle, first, {x: 2.0})
            value = session.partial_run(handle, second, {y: 3.0})
        return float(value)

    return run


def queues(tf: Any) -> Run:
    """A scalar into a queue and out of it."""
    queue = tf.FIFOQueue(10, [tf.float32], [[]])
    put, take = queue.enqueue(2.0), queue.dequeue()
    session = tf.Session()

    def run(steps: int) -> float:
        for _ in range(steps):
            session.run(put)
            value = session.run(take)
        return float(value)

    return run


def threads(tf: Any) -> Run:
    """The sum of two scalars, by many threads at once; a step is one run by each."""
    a = tf.placeholder(tf.float32, [])
    b = tf.placeholder(tf.float32, [])
    total = a + b
    session = tf.Session()

    def run(steps: int) -> float:
        def work() -> None:
            for _ in range(steps):
                session.run(total, feed_dict={a: 2.0, b: 3.0})

        workers = [threading.Thread(target=work) for _ in range(THREADS)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        return 0.0

    return run


def small_ops(tf: Any) -> Run:
    """A chain of small ops: what an op costs besides its arithmetic."""
    x = tf.placeholder(tf.float32, [16])
    total = tf.reduce_sum(chain(tf, x, LINKS))
    session = tf.Session()
    feeds = {x: np.linspace(0.1, 1.0, 16, dtype=np.float32)}

    def run(steps: int) -> float:
        for _ in range(steps):
            value = session.run(total, feed_dict=feeds)
        return float(value)

    return run


def chain(tf: Any, x: Any, links: int) -> Any:
    """The end of a chain of ops that starts at `x`."""
    y = x
    for _ in range(links):
        y = tf.tanh(y * x) + tf.sigmoid(y)
    return y


def large_graph(tf: Any) -> Run:
    """A large graph from nothing to its first result, anew in every step."""
    start = np.linspace(0.1, 1.0, 16, dtype=np.float32)

    def run(steps: int) -> float:
        for _ in range(steps):
            with tf.Graph().as_default(), tf.Session() as session:
                x = tf.placeholder(tf.float32, [16])
                ends = [chain(tf, x, LARGE_GRAPH_LINKS) for _ in range(LARGE_GRAPH_CHAINS)]
                total = tf.reduce_sum(tf.add_n(ends))
                (dx,) = tf.gradients(total, [x])
                value, _ = session.run([total, dx], feed_dict={x: start})
        return float(value)

    return run


class Weights:
    """Makes variables; each takes the next seed."""

    def __init__(self, tf: Any) -> None:
        """Starts at seed 0 in the default graph."""
        self.tf = tf
        self.seed = 0
        tf.set_random_seed(0)

    def __call__(self, *shape: int) -> Any:
        """A variable of small random numbers."""
        self.seed += 1
        stddev = float(np.sqrt(2.0 / np.prod(shape[:-1])))
        return self.tf.Variable(self.tf.truncated_normal(shape, stddev=stddev, seed=self.seed))

    def zeros(self, *shape: int) -> Any:
        """A variable of zeros."""
        return self.tf.Variable(self.tf.zeros(shape))


def classifier(tf: Any, images: Any, logits: Any, optimizer: Any) -> Run:
    """Trains on one batch of noise whose labels are as random."""
    labels = tf.placeholder(tf.int32, [None])
    loss = tf.reduce_mean(
        tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits)
    )
    return training(tf, loss, optimizer, image_batch(images, labels))


def image_batch(images: Any, labels: Any) -> dict[Any, np.ndarray]:
    """Feeds for a classifier of ten classes."""
    random = np.random.RandomState(0)
    shape = images.shape.as_list()
    return {
        images: random.standard_normal(shape).astype(np.float32),
        labels: random.randint(10, size=shape[0]).astype(np.int32),
    }


def training(tf: Any, loss: Any, optimizer: Any, feeds: dict[Any, np.ndarray]) -> Run:
    """Training steps that fetch the loss."""
    train = optimizer.minimize(loss)
    session = tf.Session()
    session.run(tf.global_variables_initializer())

    def run(steps: int) -> float:
        for _ in range(steps):
            _, value = session.run([train, loss], feed_dict=feeds)
        return float(value)

    return run


def mlp(tf: Any) -> Run:
    """784-256-256-10, batch 128, Adam."""
    weights = Weights(tf)
    images = tf.placeholder(tf.float32, [128, 784])
    y = tf.nn.relu(tf.matmul(images, weights(784, 256)) + weights.zeros(256))
    y = tf.nn.relu(tf.matmul(y, weights(256, 256)) + weights.zeros(256))
    logits = tf.matmul(y, weights(256, 10)) + weights.zeros(10)
    return classifier(tf, images, logits, tf.train.AdamOptimizer(1e-3))


def lenet(tf: Any) -> Run:
    """Two convolutions of 5 x 5, two dense layers, 28 x 28 pixels, batch 64, momentum."""
    weights = Weights(tf)

    def convolution(x: Any, inputs: int, outputs: int) -> Any:
        y = tf.nn.conv2d(x, weights(5, 5, inputs, outputs), [1, 1, 1, 1], "SAME")
        y = tf.nn.relu(tf.nn.bias_add(y, weights.zeros(outputs)))
        return tf.nn.max_pool(y, [1, 2, 2, 1], [1, 2, 2, 1], "SAME")

    images = tf.placeholder(tf.float32, [64, 28, 28, 1])
    y = convolution(convolution(images, 1, 32), 32, 64)
    y = tf.reshape(y, [-1, 7 * 7 * 64])
    y = tf.nn.relu(tf.matmul(y, weights(7 * 7 * 64, 512)) + weights.zeros(512))
    logits = tf.matmul(y, weights(512, 10)) + weights.zeros(10)
    return classifier(tf, images, logits, tf.train.MomentumOptimizer(0.01, 0.9))


def lstm(tf: Any) -> Run:
    """An LSTM (Hochreiter and Schmidhuber, 1997) written out over 20 steps, with SGD."""
    weights = Weights(tf)
    kernel = weights(2 * LSTM_WIDTH, 4 * LSTM_WIDTH)
    bias = weights.zeros(4 * LSTM_WIDTH)
    sequence = tf.placeholder(tf.float32, [LSTM_STEPS, LSTM_BATCH, LSTM_WIDTH])
    wanted = tf.placeholder(tf.float32, [LSTM_BATCH, LSTM_WIDTH])
    h = c = tf.zeros([LSTM_BATCH, LSTM_WIDTH])
    for x in tf.unstack(sequence):
        gates = tf.matmul(tf.concat([x, h], axis=1), kernel) + bias
        i, j, f, o = tf.split(gates, 4, axis=1)
        c = tf.sigmoid(f + 1.0) * c + tf.sigmoid(i) * tf.tanh(j)
        h = tf.sigmoid(o) * tf.tanh(c)
    loss = tf.reduce_mean(tf.square(h - wanted))
    random = np.random.RandomState(0)
    feeds = {
        sequence: random.standard_normal(sequence.shape.as_list()).astype(np.float32),
        wanted: random.uniform(-0.5, 0.5, wanted.shape.as_list()).astype(np.float32),
    }
    return training(tf, loss, tf.train.GradientDescentOptimizer(0.1), feeds)


WORKLOADS = {
    "run_overhead": Workload(run_overhead, "two scalars in, their sum out", "1/8"),
    "callables": Workload(callables, "a callable without feeds", "1/20"),
    "partial_runs": Workload(partial_runs, "a setup and two partial runs", "1/3"),
    "queues": Workload(queues, "a scalar enqueued and dequeued", "1"),
    "threads": Workload(threads, f"{THREADS} threads, each the sum of two scalars", "1/8"),
    "small_ops": Workload(small_ops, f"{LINKS} x (tanh(y * x) + sigmoid(y)), 16 floats"),
    "mlp": Workload(mlp, "784-256-256-10, batch 128, Adam", "1.3"),
    "lenet": Workload(lenet, "28 x 28, batch 64, momentum", "1.3", memory_target="0.5"),
    "lstm": Workload(lstm, "20 steps, batch 32, width 128, SGD", "1.3"),
    "large_graph": Workload(
        large_graph,
        f"{4 * LARGE_GRAPH_CHAINS * LARGE_GRAPH_LINKS:,} ops: built, differentiated, first run",
        "1/4",
        warm_up=1,
    ),
}
