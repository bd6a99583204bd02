"""Trains a convolutional network to read handwritten digits.

    python examples/train_digits.py
    python examples/train_digits.py --config configs/cpu_only.pbtxt --epochs 5

The program is plain TensorFlow 1: with `import tensorflow.compat.v1 as tf` (and
`tf.disable_v2_behavior()`) it runs on TensorFlow, too.
"""

import argparse
import gzip
from pathlib import Path

import numpy as np
from google.protobuf import text_format
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

import tfsession as tf

DATA = Path(__file__).parent / "data" / "optdigits.csv.gz"
TEST_IMAGES = 360


def load_digits():
    """Returns images [n, 8, 8, 1] from 0 to 1 and labels [n] for training, then for the test."""
    with gzip.open(DATA, "rt") as lines:
        table = np.loadtxt(lines, delimiter=",", dtype=np.float32)
    table = table[np.random.RandomState(0).permutation(len(table))]
    images = table[:, :64].reshape(-1, 8, 8, 1) / 16.0
    labels = table[:, 64].astype(np.int32)
    return (
        (images[TEST_IMAGES:], labels[TEST_IMAGES:]),
        (images[:TEST_IMAGES], labels[:TEST_IMAGES]),
    )


def weights(shape, fan_in):
    """A variable for weights that keeps the size of what passes a relu (He et al., 2015)."""
    return tf.Variable(tf.truncated_normal(shape, stddev=(2.0 / fan_in) ** 0.5), name="weights")


def bias(size):
    """A variable for a bias, one number a channel."""
    return tf.Variable(tf.zeros([size]), name="bias")


def convolution(x, channels, name):
    """A 3 x 3 convolution, relu and 2 x 2 pooling: [n, h, w, c] to [n, h / 2, w / 2, channels]."""
    inputs = x.shape.as_list()[-1]
    with tf.name_scope(name):
        kernel = weights([3, 3, inputs, channels], fan_in=9 * inputs)
        y = tf.nn.conv2d(x, kernel, strides=[1, 1, 1, 1], padding="SAME")
        y = tf.nn.relu(tf.nn.bias_add(y, bias(channels)))
        return tf.nn.max_pool(y, ksize=[1, 2, 2, 1], strides=[1, 2, 2, 1], padding="SAME")


def dense(x, size, name):
    """A fully connected layer: [n, m] to [n, size]."""
    inputs = x.shape.as_list()[-1]
    with tf.name_scope(name):
        return tf.matmul(x, weights([inputs, size], fan_in=inputs)) + bias(size)


def network(images, keep_prob):
    """The scores of the ten digits, [n, 10], of images [n, 8, 8, 1]."""
    y = convolution(images, 32, "convolution1")
    y = convolution(y, 64, "convolution2")
    y = tf.reshape(y, [-1, 2 * 2 * 64])
    y = tf.nn.relu(dense(y, 128, "dense1"))
    y = tf.nn.dropout(y, rate=1.0 - keep_prob)
    return dense(y, 10, "dense2")


def session_config(options):
    """The ConfigProto: memory as it is needed, any device that works, then the user's own file."""
    config = tf.ConfigProto(allow_soft_placement=True, gpu_options=tf.GPUOptions(allow_growth=True))
    if options.config:
        text_format.Merge(options.config.read_text(), config)
    if options.log_device_placement:
        config.log_device_placement = True
    return config


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--epochs", type=int, default=20, help="passes over the training images")
    parser.add_argument("--batch-size", type=int, default=32, help="images a step")
    parser.add_argument("--seed", type=int, default=1, help="of the weights and the batches")
    parser.add_argument("--config", type=Path, help="a ConfigProto as text, see configs/")
    parser.add_argument("--log-device-placement", action="store_true")
    return parser.parse_args()


def main():
    options = parse_options()
    (train_images, train_labels), (test_images, test_labels) = load_digits()
    tf.set_random_seed(options.seed)

    images = tf.placeholder(tf.float32, [None, 8, 8, 1], name="images")
    labels = tf.placeholder(tf.int32, [None], name="labels")
    keep_prob = tf.placeholder_with_default(1.0, [], name="keep_prob")
    logits = network(images, keep_prob)
    loss = tf.reduce_mean(
        tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits), name="loss"
    )
    is_right = tf.equal(tf.argmax(logits, axis=1, output_type=tf.int32), labels)
    accuracy = tf.reduce_mean(tf.cast(is_right, tf.float32), name="accuracy")
    train = tf.train.AdamOptimizer(learning_rate=2e-3).minimize(loss)

    steps = -(-len(train_labels) // options.batch_size)
    random = np.random.RandomState(options.seed)
    columns = (
        TextColumn("epoch {task.fields[epoch]}/{task.fields[epochs]}"),
        BarColumn(),
        TextColumn("loss {task.fields[loss]:.4f}  accuracy {task.fields[accuracy]:.3f}"),
        TimeElapsedColumn(),
    )
    with tf.Session(config=session_config(options)) as session, Progress(*columns) as progress:
        session.run(tf.global_variables_initializer())
        task = progress.add_task(
            "", total=options.epochs * steps, epoch=0, epochs=options.epochs, loss=0.0, accuracy=0.0
        )
        for epoch in range(options.epochs):
            for batch in np.array_split(random.permutation(len(train_labels)), steps):
                feeds = {images: train_images[batch], labels: train_labels[batch], keep_prob: 0.6}
                _, loss_value, accuracy_value = session.run([train, loss, accuracy], feeds)
                progress.update(
                    task, advance=1, epoch=epoch + 1, loss=loss_value, accuracy=accuracy_value
                )
        result = session.run(accuracy, {images: test_images, labels: test_labels})
    print(f"test accuracy: {result:.3f}")


if __name__ == "__main__":
    main()
