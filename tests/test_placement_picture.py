"""Pictures of placements: what is in them, where it stands, and how large they may grow."""

import re
import xml.etree.ElementTree as ElementTree

import pytest

import tfsession as tf
from tfsession.compile.kernel_table import load_kernels
from tfsession.compile.place import Placement
from tfsession.report import placement_picture
from tfsession.report.placement_picture import copies, html, opened, scope_tree, svg

SVG = "{http://www.w3.org/2000/svg}"
CPU, GPU_0, GPU_1 = (
    f"/job:localhost/replica:0/task:0/device:{name}" for name in "CPU:0 GPU:0 GPU:1".split()
)
DEVICES = [CPU, GPU_0, GPU_1]


def placed(build, device_of=lambda op: CPU, reason="because"):
    """The placement of a graph, by a rule of the test's own."""
    load_kernels()
    with tf.Graph().as_default() as graph:
        build()
    operations = graph.get_operations()
    return Placement({op: device_of(op) for op in operations}, dict.fromkeys(operations, reason))


def two_devices():
    x = tf.placeholder(tf.float32, [2], name="x")
    y = tf.square(x, name="y")
    tf.add(y, y, name="z")


def drawn(text):
    """The boxes of a picture by the first line of their title: centre and colour."""
    boxes = {}
    for group in ElementTree.fromstring(text).iter(f"{SVG}g"):
        rect = group.find(f"{SVG}rect")
        title = group.find(f"{SVG}title").text.splitlines()
        boxes[title[0]] = (float(rect.get("x")), float(rect.get("y")), rect.get("stroke"), title)
    return boxes


def on_gpu_when(name):
    return lambda op: GPU_1 if op.name == name else CPU


def test_operations_have_a_box_under_what_they_read():
    boxes = drawn(svg(placed(two_devices), DEVICES, "t"))
    assert list(boxes) == ["x", "y", "z"]
    assert boxes["x"][1] < boxes["y"][1] < boxes["z"][1]
    assert boxes["y"][3] == ["y", "Square on CPU:0", "because", "reads x:0"]


def test_devices_are_columns_with_colours_and_counts():
    text = svg(placed(two_devices, on_gpu_when("y")), DEVICES, "model.pb")
    boxes = drawn(text)
    assert boxes["x"][0] < boxes["y"][0]
    assert boxes["x"][2] == boxes["z"][2] != boxes["y"][2]
    words = [element.text for element in ElementTree.fromstring(text).iter(f"{SVG}text")]
    assert {"model.pb: 3 operations", "CPU:0: 2 operations", "GPU:1: 1 operation"} <= set(words)
    assert "2 copies from device to device" in words
    assert not any("GPU:0" in word for word in words)


def test_lines_between_devices_stand_out_and_come_last():
    text = svg(placed(two_devices, on_gpu_when("x")), DEVICES, "t")
    lines = [p for p in ElementTree.fromstring(text).iter(f"{SVG}path") if p.get("data-s")]
    assert [p.get("class") for p in lines] == [None, "crossing"]
    assert lines[1].find(f"{SVG}title").text.splitlines() == [
        *("x → y", "GPU:1 → CPU:0", "x:0 float32 (2,)")
    ]


def test_a_tensor_is_copied_once_to_each_device():
    def build():
        x = tf.placeholder(tf.float32, name="x")
        for name in ("a", "b", "c"):
            tf.negative(x, name=name)

    places = {"x": CPU, "a": GPU_0, "b": GPU_0, "c": GPU_1}
    assert copies(placed(build, lambda op: places[op.name])) == 2


def test_control_dependencies_are_dotted_and_loops_are_drawn():
    def build():
        with tf.control_dependencies([tf.no_op(name="first")]):
            tf.no_op(name="second")
        tf.while_loop(lambda i: i < 3, lambda i: i + 1, [tf.constant(0)])

    text = svg(placed(build), DEVICES, "t")
    assert '<path class="control"' in text
    boxes = drawn(text)
    assert boxes["while/Merge"][1] < boxes["while/NextIteration"][1]


def test_scopes_stand_under_what_they_read_whatever_else_is_in_them():
    def build():
        # "late" has operations that wait for nothing, and "early" some that wait for long.
        with tf.name_scope("early"):
            x = tf.zeros([2], name="x")
            for _ in range(20):
                tf.negative(x, name="aside")
        with tf.name_scope("late"):
            y = tf.square(x)
            for number in range(40):
                tf.constant(number)
        tf.negative(y, name="end")

    boxes = drawn(svg(placed(build), DEVICES, "t"))
    early = max(top for name, (_, top, _, _) in boxes.items() if name.startswith("early/x"))
    assert early < boxes["late/Square"][1] < boxes["end"][1]


def test_names_are_escaped():
    text = svg(placed(two_devices, reason="a < b & c"), DEVICES, "<script>")
    assert drawn(text)["x"][3][2] == "a < b & c"
    assert "<script>" not in text
    assert "<title>&lt;script&gt;</title>" in html(placed(two_devices), DEVICES, "<script>")


def towers(count, layers):
    for tower in range(count):
        with tf.name_scope(f"tower_{tower}"):
            y = tf.zeros([2, 2])
            for layer in range(layers):
                with tf.name_scope(f"layer_{layer}"):
                    y = tf.nn.relu(tf.matmul(y, y) + y)


def test_scopes_are_one_box_where_operations_are_too_many():
    placement = placed(lambda: towers(4, 40), lambda op: GPU_0 if "tower_0" in op.name else CPU)
    tree = scope_tree(tuple(placement.devices))
    assert [part.name for part in tree.parts] == [f"tower_{n}" for n in range(4)]
    shown = opened(tree, placement.devices)
    # Scopes of the same size are opened together, and nothing is lost.
    assert len({sum(one.name.startswith(f"tower_{n}/") for one in shown) for n in range(4)}) == 1
    assert sorted(op.name for one in shown for op in one.operations) == sorted(
        op.name for op in placement.devices
    )
    assert len(drawn(svg(placement, DEVICES, "t"))) <= placement_picture.MOST_BOXES


def test_a_scope_on_two_devices_is_a_box_on_each():
    def build():
        for layer in range(50):
            with tf.name_scope("model"):
                tf.constant(layer, name="on_cpu")
        for step in range(20):
            tf.constant(step, name="other")

    placement = placed(build, lambda op: GPU_1 if op.name.endswith("_1") else CPU)
    text = svg(placement, DEVICES, "t")
    words = [element.text for element in ElementTree.fromstring(text).iter(f"{SVG}text")]
    counts = [int(word.split()[0]) for word in words if re.fullmatch(r"\d+ operations?", word)]
    singles = sum(word == "Const" for word in words)
    assert sum(counts) + singles == 70


@pytest.mark.parametrize("build", [lambda: towers(2, 30), lambda: towers(1, 200)])
def test_a_page_has_every_operation_behind_its_scopes(build):
    placement = placed(build)
    page = html(placement, DEVICES, "t")
    body = ElementTree.fromstring(page[page.index("<body>") : page.index("<script>")] + "</body>")
    titles = {group.find(f"{SVG}title").text.splitlines()[0] for group in body.iter(f"{SVG}g")}
    assert {op.name for op in placement.devices} <= titles
    links = {link.get("href")[1:] for link in body.iter(f"{SVG}a")}
    anchors = [details.get("id") for details in body.iter("details")]
    assert set(anchors) == links
    assert len(anchors) == len(links) > 0
    assert not re.search(r"(src|href)=.?https?:", page)


def test_a_page_is_bounded(monkeypatch):
    placement = placed(lambda: towers(1, 100))
    whole = len(html(placement, DEVICES, "t"))
    monkeypatch.setattr(placement_picture, "MOST_ON_PAGE", 1)
    page = html(placement, DEVICES, "t")
    assert len(page) < whole / 4
    assert "<details" not in page
    monkeypatch.setattr(placement_picture, "MAX_LINES", 3)
    assert svg(placement, DEVICES, "t").count("data-s=") == 3


def test_thousands_of_operations_without_scopes_are_put_together():
    placement = placed(lambda: [tf.no_op(name=f"step_{n}") for n in range(3000)])
    boxes = drawn(svg(placement, DEVICES, "t"))
    assert 2 <= len(boxes) <= placement_picture.MOST_BOXES
    assert next(iter(boxes)).startswith("step_0 … step_")


def test_an_empty_graph_has_a_picture():
    assert drawn(svg(Placement(), DEVICES, "t")) == {}
    assert "t: 0 operations" in html(Placement(), DEVICES, "t")


def test_the_same_placement_gives_the_same_picture():
    assert html(placed(lambda: towers(2, 30)), DEVICES, "t") == html(
        placed(lambda: towers(2, 30)), DEVICES, "t"
    )
