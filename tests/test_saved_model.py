"""`tf.saved_model`: what is written is loaded, by TensorFlow's rules."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import tfsession as tf
from tfsession.protos import SavedModel

SERVING = [tf.saved_model.tag_constants.SERVING]
GOLDEN = Path(__file__).parent / "golden" / "checkpoints" / "tensorflow1" / "model"


def model():
    x = tf.placeholder(tf.float32, [None, 2], name="x")
    w = tf.get_variable("w", initializer=[[1.0], [2.0]])
    return x, w, tf.matmul(x, w, name="y")


@pytest.fixture
def built(session):
    """A model with values."""
    tensors = model()
    session.run(tf.global_variables_initializer())
    return tensors


def loaded(folder, tags=SERVING, **arguments):
    """The output of a model that is loaded into a graph of its own."""
    scope = f"{arguments['import_scope']}/" if "import_scope" in arguments else ""
    with tf.Graph().as_default(), tf.Session() as session:
        message = tf.saved_model.loader.load(session, tags, str(folder), **arguments)
        assert set(message.meta_info_def.tags) == set(tags)
        return session.run(f"{scope}y:0", {f"{scope}x:0": [[1, 1]]}).tolist()


def files(folder):
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file())


VARIABLES = ["variables/variables.data-00000-of-00001", "variables/variables.index"]


def test_a_model_of_tensorflow_is_loaded():
    assert loaded(GOLDEN) == [[11.0]]
    assert loaded(GOLDEN, import_scope="there") == [[11.0]]


def test_a_model_is_saved_and_loaded(built, session, tmp_path):
    x, _, y = built
    tf.saved_model.simple_save(session, str(tmp_path / "m"), {"x": x}, {"y": y})
    assert files(tmp_path / "m") == ["saved_model.pb", *VARIABLES]
    assert tf.saved_model.loader.maybe_saved_model_directory(str(tmp_path / "m"))
    assert not tf.saved_model.contains_saved_model(str(tmp_path))
    assert loaded(tmp_path / "m") == [[3.0]]
    assert loaded(tmp_path / "m", import_scope="there") == [[3.0]]
    message = SavedModel.FromString((tmp_path / "m" / "saved_model.pb").read_bytes())
    (graph,) = message.meta_graphs
    signature = graph.signature_def["serving_default"]
    assert signature.method_name == "tensorflow/serving/predict"
    assert signature.inputs["x"].name == "x:0"
    assert [dim.size for dim in signature.outputs["y"].tensor_shape.dim] == [-1, 1]
    assert graph.saver_def.sharded
    with pytest.raises(AssertionError, match="Export directory already exists, and isn't empty"):
        tf.saved_model.simple_save(session, str(tmp_path / "m"), {"x": x}, {"y": y})


def test_files_and_operations_that_belong_to_a_model(built, session, tmp_path):
    _, w, _ = built
    (tmp_path / "vocabulary.txt").write_text("a\nb\n")
    path = tf.constant(str(tmp_path / "vocabulary.txt"), name="path")
    tf.add_to_collection(tf.GraphKeys.ASSET_FILEPATHS, path)
    seen = tf.Variable("", name="seen")
    session.run(seen.initializer)
    changes = tf.group(tf.assign(w, [[5.0], [6.0]]), tf.assign(seen, path), name="changes")
    folder = tmp_path / "m"
    builder = tf.saved_model.builder.SavedModelBuilder(str(folder))
    builder.add_meta_graph_and_variables(
        session,
        [*SERVING, "mine"],
        assets_collection=tf.get_collection(tf.GraphKeys.ASSET_FILEPATHS),
        legacy_init_op=changes,
    )
    builder.add_meta_graph(["train"])
    assert builder.save(as_text=True) == str(folder / "saved_model.pbtxt").encode()
    assert files(folder) == ["assets/vocabulary.txt", "saved_model.pbtxt", *VARIABLES]
    (tmp_path / "vocabulary.txt").unlink()
    assert loaded(folder, [*SERVING, "mine"]) == [[11.0]]
    with tf.Graph().as_default(), tf.Session() as other:
        tf.saved_model.load(other, ["train"], str(folder), import_scope="in")
        assert other.run("in/seen:0") == str(folder / "assets" / "vocabulary.txt").encode()


def test_a_model_without_variables(session, tmp_path):
    tf.constant(4.0, name="c")
    builder = tf.saved_model.Builder(str(tmp_path / "m"))
    builder.add_meta_graph_and_variables(session, SERVING)
    builder.save()
    assert files(tmp_path / "m") == ["saved_model.pb"]
    with tf.Graph().as_default(), tf.Session() as other:
        tf.saved_model.load(other, SERVING, str(tmp_path / "m"))
        assert other.run("c:0") == 4.0


def test_mistakes_of_loading(built, session, tmp_path):
    x, _, y = built
    tf.saved_model.simple_save(session, str(tmp_path / "m"), {"x": x}, {"y": y})
    text = (
        "MetaGraphDef associated with tags 'nope' could not be found in SavedModel. To inspect "
        "available tag-sets in the SavedModel, please use the SavedModel CLI: `saved_model_cli`\n"
        "available_tags: [{'serve'}]"
    )
    with pytest.raises(RuntimeError, match=f"^{re.escape(text)}$"):
        loaded(tmp_path / "m", ["nope"])
    with pytest.raises(
        OSError, match=r"^SavedModel file does not exist at: .*/\{saved_model.pbtxt"
    ):
        loaded(tmp_path / "none")
    (tmp_path / "m" / "saved_model.pb").write_bytes(b"\xff junk")
    with pytest.raises(OSError, match=r"^Cannot parse file .*saved_model\.pb: "):
        loaded(tmp_path / "m")


def test_mistakes_of_building(built, session, tmp_path):
    x, _, y = built
    info = tf.saved_model.utils.build_tensor_info
    build = tf.saved_model.signature_def_utils.build_signature_def
    builder = tf.saved_model.builder.SavedModelBuilder(str(tmp_path / "m"))
    with pytest.raises(AssertionError, match=r"has not been saved yet. Please invoke `add_meta_gr"):
        builder.add_meta_graph(SERVING)
    empty = {"s": build({"x": info(x)}, {"y": tf.TensorInfo()})}
    with pytest.raises(AssertionError, match="must have one of the 'encoding' fields"):
        builder.add_meta_graph_and_variables(session, SERVING, empty)
    reserved = {"__saved_model_init_op": build({"x": info(x)}, {"y": info(y)})}
    with pytest.raises(KeyError, match=r"is reserved for initialization. Please use a different"):
        builder.add_meta_graph_and_variables(session, SERVING, reserved)
    with pytest.raises(TypeError, match=r"main_op needs to be an Operation: <tf.Tensor 'y:0'"):
        builder.add_meta_graph_and_variables(session, SERVING, main_op=y)
    builder.add_meta_graph_and_variables(session, SERVING, main_op=tf.no_op())
    with pytest.raises(AssertionError, match=r"has already been saved. Please invoke `add_meta_gr"):
        builder.add_meta_graph_and_variables(session, SERVING)
    with pytest.raises(ValueError, match=r"Graph already contains one or more main ops under the"):
        builder.add_meta_graph(["train"], main_op=tf.no_op())


# ---- Signatures ----


def test_signatures(graph):
    x, _, y = model()
    text = tf.placeholder(tf.string, [None], name="text")
    utils = tf.saved_model.signature_def_utils
    signatures = [
        utils.predict_signature_def({"a": x}, {"b": y}),
        utils.regression_signature_def(text, y),
        utils.classification_signature_def(text, text, y),
        utils.classification_signature_def(text, None, y),
    ]
    assert [s.method_name.rpartition("/")[2] for s in signatures] == [
        "predict",
        "regress",
        "classify",
        "classify",
    ]
    assert sorted(signatures[2].outputs) == ["classes", "scores"]
    assert all(utils.is_valid_signature(s) for s in signatures)
    assert not utils.is_valid_signature(utils.build_signature_def())
    assert not utils.is_valid_signature(
        utils.build_signature_def(dict(signatures[0].inputs), None, signatures[0].method_name)
    )


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (
            lambda u, x, s: u.predict_signature_def({}, {"y": x}),
            "Prediction inputs cannot be None or",
        ),
        (
            lambda u, x, s: u.predict_signature_def({"x": x}, None),
            "Prediction outputs cannot be None",
        ),
        (
            lambda u, x, s: u.regression_signature_def(None, x),
            "Regression examples cannot be None.",
        ),
        (
            lambda u, x, s: u.regression_signature_def(x, x),
            "Regression examples must be a string Ten",
        ),
        (
            lambda u, x, s: u.classification_signature_def(None, s, x),
            "Classification examples cannot",
        ),
        (
            lambda u, x, s: u.classification_signature_def(s, None, None),
            "Classification classes and ",
        ),
    ],
)
def test_mistakes_of_signatures(graph, make, text):
    x, _, _ = model()
    with pytest.raises(ValueError, match=f"^{re.escape(text)}"):
        make(tf.saved_model.signature_def_utils, x, tf.placeholder(tf.string))


def test_tensors_as_messages(graph):
    x, _, _ = model()
    sparse = tf.sparse_placeholder(tf.int32, name="sparse")
    utils = tf.saved_model.utils
    assert utils.get_tensor_from_tensor_info(utils.build_tensor_info(x)) is x
    found = utils.get_tensor_from_tensor_info(utils.build_tensor_info(sparse))
    assert found.indices is sparse.indices
    with pytest.raises(ValueError, match=r"Invalid TensorInfo.encoding: None"):
        utils.get_tensor_from_tensor_info(tf.TensorInfo())


def test_main_operations(session):
    v = tf.Variable(1.0, name="v")
    restored = tf.assign(v, 2.0, name="restored")
    session.run(tf.saved_model.main_op.main_op_with_restore("restored"))
    assert session.run(v) == 2.0
    assert restored.op.control_inputs == []
    session.run(tf.saved_model.main_op.main_op())
    assert session.run(v) == 1.0
