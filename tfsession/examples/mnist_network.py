"""The network of TensorFlow's tutorial on MNIST: two hidden layers and a softmax."""

from __future__ import annotations

import math

from tfsession import dtypes, losses, nn, summary, train
from tfsession.graph.operation import Operation, Tensor
from tfsession.graph.scopes import name_scope
from tfsession.ops.array import zeros
from tfsession.ops.contraction import matmul
from tfsession.ops.math import cast
from tfsession.ops.random import truncated_normal
from tfsession.ops.reduction import reduce_sum
from tfsession.variables.variable import Variable

__all__ = [
    "IMAGE_PIXELS",
    "IMAGE_SIZE",
    "NUM_CLASSES",
    "evaluation",
    "inference",
    "loss",
    "training",
]

NUM_CLASSES = 10
IMAGE_SIZE = 28
IMAGE_PIXELS = IMAGE_SIZE * IMAGE_SIZE


def inference(images: Tensor, hidden1_units: int, hidden2_units: int) -> Tensor:
    """The logits of images.

    Args:
      images: [batch, IMAGE_PIXELS], float32.
      hidden1_units: the size of the first hidden layer.
      hidden2_units: the size of the second one.

    Returns:
      [batch, NUM_CLASSES], float32.

    Source: TensorFlow 1.15 `tensorflow.examples.tutorials.mnist.mnist.inference`.
    """
    hidden1 = nn.relu(_layer("hidden1", images, IMAGE_PIXELS, hidden1_units))
    hidden2 = nn.relu(_layer("hidden2", hidden1, hidden1_units, hidden2_units))
    return _layer("softmax_linear", hidden2, hidden2_units, NUM_CLASSES)


def _layer(name: str, inputs: Tensor, size: int, units: int) -> Tensor:
    with name_scope(name):
        initial = truncated_normal([size, units], stddev=1.0 / math.sqrt(size))
        weights = Variable(initial, name="weights")
        biases = Variable(zeros([units]), name="biases")
        outputs: Tensor = matmul(inputs, weights) + biases
        return outputs


def loss(logits: Tensor, labels: Tensor) -> Tensor:
    """The mean cross entropy of logits and labels.

    Args:
      logits: [batch, NUM_CLASSES], float32.
      labels: [batch], integers.

    Returns:
      [], float32.

    Source: TensorFlow 1.15 `tensorflow.examples.tutorials.mnist.mnist.loss`.
    """
    labels = cast(labels, dtypes.int64)
    mean: Tensor = losses.sparse_softmax_cross_entropy(labels=labels, logits=logits)
    return mean


def training(loss: Tensor, learning_rate: float) -> Operation:
    """An operation that takes a step down the gradient, counts it, and has a summary of the loss.

    Args:
      loss: [], float32.
      learning_rate: of the step.

    Source: TensorFlow 1.15 `tensorflow.examples.tutorials.mnist.mnist.training`.
    """
    summary.scalar("loss", loss)
    optimizer = train.GradientDescentOptimizer(learning_rate)
    global_step = Variable(0, name="global_step", trainable=False)
    return optimizer.minimize(loss, global_step=global_step)


def evaluation(logits: Tensor, labels: Tensor) -> Tensor:
    """How many labels have the largest of their logits.

    Args:
      logits: [batch, NUM_CLASSES], float32.
      labels: [batch], int32.

    Returns:
      [], int32.

    Source: TensorFlow 1.15 `tensorflow.examples.tutorials.mnist.mnist.evaluation`.
    """
    correct = nn.in_top_k(logits, labels, 1)
    return reduce_sum(cast(correct, dtypes.int32))
