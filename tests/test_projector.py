"""tf.contrib.tensorboard's projector, and tf.contrib.util."""

from __future__ import annotations

import pytest
from google.protobuf import text_format

import tfsession as tf
from tfsession.contrib.tensorboard.plugins import projector

# As TensorFlow 1.15 writes it.
TEXT = """\
embeddings {
  tensor_name: "emb"
  metadata_path: "m.tsv"
  sprite {
    image_path: "s.png"
    single_image_dim: 28
    single_image_dim: 28
  }
}
"""


def config():
    made = projector.ProjectorConfig()
    embedding = made.embeddings.add(tensor_name="emb", metadata_path="m.tsv")
    embedding.sprite.image_path = "s.png"
    embedding.sprite.single_image_dim.extend([28, 28])
    return made


def test_embeddings_are_written_beside_the_events(tmp_path):
    with tf.summary.FileWriter(str(tmp_path)) as writer:
        projector.visualize_embeddings(writer, config())
    assert (tmp_path / "projector_config.pbtxt").read_text() == TEXT
    read = text_format.Parse(TEXT, tf.contrib.tensorboard.plugins.projector.ProjectorConfig())
    assert read == config()


def test_a_writer_without_a_folder():
    class Writer:
        def get_logdir(self):
            return None

    with pytest.raises(ValueError, match="Summary writer must have a logdir"):
        projector.visualize_embeddings(Writer(), config())


def test_ops_of_a_graph():
    with tf.Graph().as_default() as graph:
        tf.summary.scalar("a", tf.Variable(1.0))
    util = tf.contrib.util
    used = util.ops_used_by_graph_def(graph.as_graph_def())
    assert used == ["Assign", "Const", "Identity", "ScalarSummary", "VariableV2"]
    stripped = util.stripped_op_list_for_graph(graph.as_graph_def())
    assert [op.name for op in stripped.op] == used


def test_messages_of_tensors():
    message = tf.contrib.util.make_tensor_proto([1, 2])
    assert tf.contrib.util.make_ndarray(message).tolist() == [1, 2]
    with tf.Graph().as_default():
        assert tf.contrib.util.constant_value(tf.constant(3)) == 3
