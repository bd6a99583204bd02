"""The commands: devices, doctor, config and place, on machines made of fakes."""

import ast
import io
import json
import re
import sys
import tomllib
from itertools import pairwise
from pathlib import Path

import pytest
from fake_nvml import FakeGpu, FakeNvml
from rich.console import Console

from tfsession.cli import (
    config as cli_config,
    devices as cli_devices,
    doctor as cli_doctor,
    main as cli,
    place as cli_place,
)
from tfsession.cli.config_fields import FIELDS, RUN_OPTIONS_FIELDS, explain_field
from tfsession.cli.devices import inspect_devices
from tfsession.devices import machine, nvml
from tfsession.devices.lister import CudaCard
from tfsession.devices.machine import InstalledCupy, Machine
from tfsession.protos import ConfigProto, GraphDef, RunOptions

ROOT = Path(__file__).parents[1]
CUPY_13 = InstalledCupy("cupy-cuda13x", "14.2.0", 13)
TWO_GPUS = (
    FakeGpu(uuid="GPU-8f1e2a3b-1111-2222-3333-444455556666"),
    FakeGpu(
        name="NVIDIA GeForce RTX 2080 Ti",
        uuid="GPU-9f1e2a3b-1111-2222-3333-444455556666",
        bus="00000000:5E:00.0",
        capability=(7, 5),
        total=11 << 30,
        free=9 << 30,
        silent={"power", "temperature"},
    ),
)


def never(*_):
    raise AssertionError("must not be asked")


def fake_machine(*gpus, environ=None, cupy=CUPY_13, cuda=never, **options):
    return Machine(
        environ=environ or {},
        driver=lambda: True,
        nvml=lambda: nvml.query(FakeNvml(list(gpus), **options)),
        cuda=cuda,
        cupy=lambda: cupy,
    )


def bare_machine(cupy=None, environ=None):
    return Machine(
        environ=environ or {}, driver=lambda: False, nvml=never, cuda=never, cupy=lambda: cupy
    )


def printed(show, width=80):
    console = Console(width=width, record=True, file=open("/dev/null", "w"), emoji=False)
    with console.file:
        show(console)
        return console.export_text()


def shown_devices(width, *gpus, **options):
    there = fake_machine(*gpus, **options)
    return printed(lambda console: cli_devices.show_devices(console, False, there), width)


# ---- devices ----


@pytest.mark.parametrize("width", [80, 200])
def test_devices_fit_the_width_and_tell_everything(width):
    text = shown_devices(width, *TWO_GPUS, environ={"CUDA_VISIBLE_DEVICES": "0"})
    assert max(map(len, text.splitlines())) <= width
    # What folds is joined again, less the frame of the table.
    flat = " ".join(re.sub("[│┃]", " ", text).split())
    for gpu in TWO_GPUS:
        assert gpu.uuid in flat
    for word in (
        *("GPU:0", "NVIDIA H200", "NVIDIA GeForce RTX 2080 Ti", "0000:3b:00.0", "0000:5e:00.0"),
        *("9.0", "7.5", "140.0 GiB", "141.0 GiB", "17 %", "41 C", "76 W", "700 W", "4321"),
        *("580.65.06", "13.2", "CPU:0"),
    ):
        assert word in flat
    assert "hidden by CUDA_VISIBLE_DEVICES='0'" in re.sub(r" +", " ", flat)
    assert "GPU:1" not in flat


def test_wide_devices_say_below_what_has_no_room_in_a_line():
    cut = FakeGpu(uuid="GPU-a", mig=("MIG-1", "MIG-2"))
    others = [FakeGpu(uuid=f"GPU-{n}", bus=f"00000000:{n}:00.0") for n in (51, 52, 53)]
    text = shown_devices(200, cut, *others)
    assert "Index 0 has the MIG instances MIG-1, MIG-2" in text.splitlines()
    assert "Index 1, 2, 3 are not visible: CUDA shows one MIG instance" in text
    assert max(map(len, text.splitlines())) <= 200


def test_a_view_lower_than_its_devices_has_a_line_for_each():
    gpus = [FakeGpu(uuid=f"GPU-{n}", bus=f"00000000:{n}:00.0") for n in range(10, 18)]
    report = inspect_devices(fake_machine(*gpus))
    text = printed(lambda c: c.print(cli_devices.render(report, c, height=23)))
    assert len(text.splitlines()) <= 23
    assert [f"GPU:{n}" in text for n in range(8)] == [True] * 8
    assert max(map(len, text.splitlines())) <= 80
    assert len(printed(lambda c: c.print(cli_devices.render(report, c))).splitlines()) > 23


def test_wide_devices_take_one_line_each():
    lines = shown_devices(200, *TWO_GPUS).splitlines()
    assert sum("GPU-" in line and "NVIDIA" in line for line in lines) == 2
    assert not any("GPU-" in line and "NVIDIA" in line for line in shown_devices(80, *TWO_GPUS))


def test_tensorflow_numbers_follow_cuda_visible_devices():
    there = fake_machine(*TWO_GPUS, environ={"CUDA_VISIBLE_DEVICES": "1,0"})
    assert [row.number for row in inspect_devices(there).gpus] == [1, 0]


def test_json_has_the_documented_keys():
    report = cli_devices.as_dictionary(inspect_devices(fake_machine(*TWO_GPUS)))
    assert json.loads(json.dumps(report)) == report
    documented = set(re.findall(r"\w+", cli_devices.__doc__))

    def keys(value):
        if isinstance(value, dict):
            for key, inner in value.items():
                yield key
                yield from keys(inner)
        elif isinstance(value, list):
            for inner in value:
                yield from keys(inner)

    assert set(keys(report)) <= documented
    first, second = report["gpus"]
    assert first["tensorflow_name"] == "/device:GPU:0"
    assert (first["memory_total_bytes"], first["power_watts"]) == (141 << 30, 76.5)
    assert (first["utilisation_percent"], first["temperature_celsius"]) == (17, 41)
    assert first["processes"] == [{"pid": 4321, "memory_bytes": None}]
    assert second["temperature_celsius"] is None
    assert second["compute_capability"] == "7.5"


def test_no_driver_says_what_is_missing():
    report = inspect_devices(bare_machine())
    assert report.gpus == ()
    whats = [problem.what for problem in report.problems]
    assert whats == ["no NVIDIA driver was found", "CuPy is not installed"]
    assert report.problems[1].advice == "pip install 'cupy-cuda13x[ctk]>=14,<15'"
    text = printed(lambda console: cli_devices.show_devices(console, False, bare_machine()))
    assert text.startswith("CPU:0 ")
    assert "pip install 'cupy-cuda13x[ctk]>=14,<15'" in text
    assert cli_devices.show_devices(Console(quiet=True), False, bare_machine()) == 0


@pytest.mark.parametrize(
    ("cupy", "gpus", "what", "advice"),
    [
        (None, TWO_GPUS, "CuPy is not installed", "cupy-cuda13x[ctk]"),
        (InstalledCupy("cupy-cuda11x", "13", 11), TWO_GPUS, "too old", "uninstall cupy-cuda11x"),
        (CUPY_13, (FakeGpu(capability=(7, 0)),), "no code for GPUs", "cupy-cuda12x[ctk]"),
    ],
)
def test_cupy_that_does_not_fit_hides_all_gpus(cupy, gpus, what, advice):
    report = inspect_devices(fake_machine(*gpus, cupy=cupy))
    (problem,) = report.problems
    assert what in problem.what
    assert advice in problem.advice
    assert all(row.number is None and row.reason == problem.what for row in report.gpus)


def test_an_old_driver_wants_another_extra():
    report = nvml.NvmlReport("550.54", (12, 4))
    assert "cupy-cuda12x[ctk]" in machine.cupy_problem(CUPY_13, report).advice
    assert machine.cupy_problem(InstalledCupy("cupy-cuda12x", "14", 12), report) is None
    assert machine.cupy_problem(InstalledCupy("cupy", "14", None), report) is None


def test_silent_nvml_leaves_the_answer_to_cuda():
    cards = [CudaCard("Orin", "0000:00:00.0", (8, 7))]
    there = fake_machine(broken="Driver/library version mismatch", cuda=lambda: cards)
    report = inspect_devices(there)
    assert [(row.gpu.name, row.number) for row in report.gpus] == [("Orin", 0)]
    assert "mismatch" in report.problems[0].what

    def broken():
        raise RuntimeError("cudaErrorInsufficientDriver")

    report = inspect_devices(fake_machine(broken="none", cuda=broken))
    assert "cudaErrorInsufficientDriver" in report.problems[-1].what


def test_mig_instance_gives_its_card_the_name():
    card = FakeGpu(uuid="GPU-a", mig=("MIG-1", "MIG-2"))
    other = FakeGpu(uuid="GPU-b", bus="00000000:5E:00.0")
    rows = inspect_devices(fake_machine(card, other)).gpus
    assert [row.number for row in rows] == [0, None]
    assert "MIG" in rows[1].reason
    assert "MIG-2" in shown_devices(80, card, other)


def test_simulated_gpus_replace_real_ones():
    environ = {"TFSESSION_SIMULATED_GPUS": "2x24GiB"}
    report = cli_devices.as_dictionary(inspect_devices(fake_machine(*TWO_GPUS, environ=environ)))
    assert [gpu["simulated"] for gpu in report["gpus"]] == [True, True, False, False]
    assert report["gpus"][1]["tensorflow_name"] == "/device:GPU:1"
    assert report["gpus"][2]["reason"].startswith("TFSESSION_SIMULATED_GPUS=2x24GiB")
    assert report["problems"] == []


def test_a_wrong_setting_is_said_first_and_is_an_error():
    there = bare_machine(environ={"TFSESSION_SIMULATED_GPUS": "many"})
    assert "'many'" in inspect_devices(there).problems[0].what
    console = Console(file=io.StringIO(), width=80)
    assert cli_devices.show_devices(console, False, there) == 2
    shown = console.file.getvalue()
    assert shown.index("'many'") < shown.index("driver")


@pytest.mark.parametrize(
    ("value", "numbers"),
    [
        ("1", [None, 0]),
        ("7", [None] * 2),
        ("1,1", [None] * 2),
        ("GPU-abc", [None] * 2),
        ("", [None] * 2),
    ],
)
def test_simulated_gpus_that_a_variable_hides_are_listed(value, numbers):
    environ = {"TFSESSION_SIMULATED_GPUS": "2", "CUDA_VISIBLE_DEVICES": value}
    rows = inspect_devices(bare_machine(environ=environ)).gpus
    assert [row.gpu.index for row in rows] == [0, 1]
    assert [row.number for row in rows] == numbers
    for row in rows:
        hidden = f"hidden by CUDA_VISIBLE_DEVICES={value!r}"
        assert row.reason == (hidden if row.number is None else "")


def interrupted_after(count):
    """A sleep that takes no time and ends with Ctrl-C."""
    left = iter(range(count))

    def sleep(seconds):
        assert seconds == 0.5
        if next(left, None) is None:
            raise KeyboardInterrupt

    return sleep


@pytest.mark.parametrize("terminal", [False, True])
def test_watch_shows_again_until_interrupted(terminal):
    sleep = interrupted_after(2)
    there = fake_machine(*TWO_GPUS)
    console = Console(file=open("/dev/null", "w"), record=True, force_terminal=terminal, width=80)
    with console.file:
        assert cli_devices.watch_devices(console, False, 0.5, there, sleep) == 0
        text = console.export_text()
    # A pipe gets one report after the other; a view that changes is drawn a last time at its end.
    assert text.count("Driver 580") == (4 if terminal else 3)


def test_watch_json_is_one_object_a_line(capsys):
    sleep = interrupted_after(1)
    assert cli_devices.watch_devices(Console(), True, 0.5, bare_machine(), sleep) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [json.loads(line)["schema"] for line in lines] == [1, 1]


# ---- doctor ----


class Installed(cli_doctor.Probes):
    """Packages and libraries by name; everything fits where nothing else is said."""

    def __init__(self, failure="", **others):
        lowest = {name: re.search(r">=([\d.]+)", all)[1] for name, all, _ in cli_doctor.PACKAGES}
        names = lowest | {"tfsession": "0.1", "nvrtc": "13.0", "cublas": "13.1.0"}
        names |= others
        super().__init__(
            version=names.get, library=lambda name, cuda: names[name], try_gpu=lambda: failure
        )


def findings(there, probes):
    return {one.part: one for one in cli_doctor.examine(there, probes)}


def test_a_fitting_installation_has_no_problem():
    found = findings(fake_machine(TWO_GPUS[0]), Installed())
    assert {one.state for one in found.values()} == {"ok"}
    assert found["CuPy"].version == "14.2.0"
    assert found["CUDA of the driver"].version == "13.2"
    assert found["NVML"].version == "13.580.65.06"
    assert cli_doctor.show_doctor(Console(quiet=True), False, fake_machine(), Installed()) == 0


def test_without_a_driver_gpu_parts_are_optional():
    found = findings(bare_machine(), Installed(nvrtc=None, cublas=None))
    assert found["NVIDIA driver"].state == found["CuPy"].state == "optional"
    assert found["NVRTC"].state == found["cuBLAS"].state == "optional"
    assert "A sum on the GPU" not in found


@pytest.mark.parametrize(
    ("others", "part", "advice"),
    [
        ({"numpy": "1.24.4"}, "numpy", "pip install 'numpy>=2.0'"),
        ({"ml_dtypes": None}, "ml_dtypes", "pip install 'ml_dtypes>=0.4'"),
        ({"protobuf": "8.0"}, "protobuf", "pip install 'protobuf>=6.31,<8'"),
        ({"nvrtc": None}, "NVRTC", "pip install 'cupy-cuda13x[ctk]>=14,<15'"),
        ({"cublas": "12.8.4"}, "cuBLAS", "pip install 'cupy-cuda13x[ctk]>=14,<15'"),
    ],
)
def test_each_problem_has_one_line_of_advice(others, part, advice):
    there = fake_machine(TWO_GPUS[0])
    found = findings(there, Installed(**others))
    assert [name for name, one in found.items() if one.state == "problem"] == [part]
    assert found[part].advice == advice
    text = printed(
        lambda console: cli_doctor.show_doctor(console, False, there, Installed(**others))
    )
    assert f"{part}: {advice}" in text
    assert cli_doctor.show_doctor(Console(quiet=True), True, there, Installed(**others)) == 1


@pytest.mark.parametrize("version", ["13.6.0", "15.0.0"])
def test_other_releases_of_cupy_are_a_problem(version):
    there = fake_machine(TWO_GPUS[0], cupy=InstalledCupy("cupy-cuda13x", version, 13))
    found = findings(there, Installed())["CuPy"]
    assert found.state == "problem"
    assert found.advice == "pip install 'cupy-cuda13x[ctk]>=14,<15'"


def test_a_gpu_that_does_not_compute_is_a_problem():
    found = findings(fake_machine(TWO_GPUS[0]), Installed("CUDARuntimeError: out of memory"))
    assert found["A sum on the GPU"].detail == "CUDARuntimeError: out of memory"


def test_releases_are_those_of_the_package():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = {f"{name}{releases}" for name, releases, _ in cli_doctor.PACKAGES}
    assert wanted == set(project["dependencies"])
    extras = project["optional-dependencies"]
    for cuda in machine.EXTRAS:
        assert extras[f"cuda{cuda}"] == [f"cupy-cuda{cuda}x[ctk]{machine.CUPY_RELEASES}"]


def test_libraries_tell_their_versions():
    class Library:
        def nvrtcVersion(self, major, minor):
            major._obj.value, minor._obj.value = 13, 2

        def cublasGetProperty(self, which, value):
            value._obj.value = (13, 4, 1)[which]

    ask = cli_doctor._ASK
    assert [ask[name](Library()) for name in ("nvrtc", "cublas")] == ["13.2", "13.4.1"]


# ---- config ----


def checked(tmp_path, capsys, text):
    path = tmp_path / "config.pbtxt"
    path.write_text(text)
    code = cli_config.check_config(Console(), str(path), True)
    report = json.loads(capsys.readouterr().out)
    assert code == int(not report["valid"])
    return report


@pytest.mark.parametrize(
    ("text", "line", "column", "hint"),
    [
        ("gpu_options {\n  allow_grwth: true\n}", 2, 3, "Did you mean 'allow_growth'?"),
        ("allow_growth: true", 1, 1, "There is 'gpu_options.allow_growth'."),
        (
            "allow_soft_placement: true\ntrace_level: FULL_TRACE",
            2,
            1,
            "It is a field of RunOptions",
        ),
        ("allow_grwth: true", 1, 1, "(Read as a ConfigProto; it is no RunOptions either.)"),
        ("timeout_in_ms: 1\ntrace_levl: FULL_TRACE", 2, 1, "Did you mean 'trace_level'?"),
        ("trace_level: FULL", 1, 14, "Read as a RunOptions"),
        ("graph_options { optimizer_options { opt_level: L7 } }", 1, 48, "L1"),
        ("gpu_options { allow_growth: maybe }", 1, 29, 'Expected "true" or "false"'),
    ],
)
def test_mistakes_have_a_place_and_the_nearest_name(tmp_path, capsys, text, line, column, hint):
    (error,) = checked(tmp_path, capsys, text)["errors"]
    assert (error["line"], error["column"]) == (line, column)
    assert hint in error["message"]


@pytest.mark.parametrize(
    ("text", "field", "line"),
    [
        ("gpu_options {\n per_process_gpu_memory_fraction: 1.5 }", "fraction", 2),
        ('gpu_options { visible_device_list: "0,x" }', "visible_device_list", 1),
        ('gpu_options { allocator_type: "best" }', "allocator_type", 1),
        ("gpu_options { experimental { use_unified_memory: true } }", "use_unified_memory", 1),
        ('# none\ndevice_count { key: "CPU" value: 0 }', "device_count", 2),
    ],
)
def test_refused_values_are_errors_of_their_field(tmp_path, capsys, text, field, line):
    report = checked(tmp_path, capsys, text)
    (error,) = report["errors"]
    assert field in error["message"]
    assert error["line"] == line
    assert [one["status"] for one in report["fields"] if field in one["name"]] == ["refused"]


def test_fields_are_explained(tmp_path, capsys):
    text = """
        device_count { key: "GPU" value: 1 }
        device_count { key: "gpu" value: 0 }
        gpu_options { experimental { virtual_devices { memory_limit_mb: [1, 2] } } }
        intra_op_parallelism_threads: 2
        graph_options { optimizer_options { opt_level: L0 } rewrite_options {
          custom_optimizers { name: "mine" } } }
    """
    fields = checked(tmp_path, capsys, text)["fields"]
    assert {one["name"]: (one["value"], one["status"]) for one in fields} == {
        'device_count["GPU"]': ("1", "honoured"),
        'device_count["gpu"]': ("0", "no effect"),
        "intra_op_parallelism_threads": ("2", explain_field("intra_op_parallelism_threads")[0]),
        "gpu_options.experimental.virtual_devices[0].memory_limit_mb": ("[1.0, 2.0]", "honoured"),
        "graph_options.optimizer_options.opt_level": ("L0", "honoured"),
        "graph_options.rewrite_options.custom_optimizers[0]": ('{name: "mine"}', "no effect"),
    }
    assert all(one["meaning"] for one in fields)


@pytest.mark.parametrize("path", sorted((ROOT / "configs").glob("*.pbtxt")), ids=lambda p: p.stem)
def test_presets_are_right(path, capsys):
    assert cli_config.check_config(Console(), str(path), True) == 0
    report = json.loads(capsys.readouterr().out)
    is_options = path.stem.startswith("run_options")
    assert report["message"] == ("RunOptions" if is_options else "ConfigProto")
    assert [one["status"] for one in report["fields"] if is_options] == ["honoured"] * is_options


def test_a_file_that_cannot_be_read_is_an_error(capsys, tmp_path):
    assert cli_config.check_config(Console(width=80), "/nowhere/config.pbtxt", False) == 2
    captured = capsys.readouterr()
    assert captured.err == "tfsession config: /nowhere/config.pbtxt: No such file or directory\n"
    assert captured.out == ""
    binary = tmp_path / "binary.pbtxt"
    binary.write_bytes(b"\x00\xff")
    assert cli_config.check_config(Console(width=80), str(binary), True) == 2
    assert json.loads(capsys.readouterr().out)["errors"][0]["message"].startswith("no text: ")


@pytest.mark.parametrize("width", [80, 200])
def test_fields_are_listed_alike_at_every_width(width):
    for name, field in (
        ("two_virtual_gpus", "gpu_options.experimental.virtual_devices[0].memory_limit_mb"),
        ("threads", "intra_op_parallelism_threads"),
        ("run_options_timeout", "timeout_in_ms"),
    ):
        path = ROOT / f"configs/{name}.pbtxt"
        text = printed(lambda c, path=path: cli_config.check_config(c, str(path), False), width)
        lines = text.splitlines()
        assert lines[0].startswith(f"{path}: a ")
        after = lines.index(next(line for line in lines if line.startswith(f"{field}: "))) + 1
        assert lines[after].startswith("  honoured: ")
        assert max(map(len, lines[1:])) <= width
        assert [line for line in lines if line != line.rstrip()] == []


@pytest.mark.parametrize(
    ("message", "table"), [(ConfigProto, FIELDS), (RunOptions, RUN_OPTIONS_FIELDS)]
)
def test_every_field_is_explained(message, table):
    def paths(descriptor, prefix=""):
        for field in descriptor.fields:
            yield prefix + field.name
            inner = field.message_type
            if inner is not None and not inner.GetOptions().map_entry:
                # An optimiser of one's own has parameters of any kind, a debugger has its own.
                if field.name not in ("custom_optimizers", "debug_options"):
                    yield from paths(inner, f"{prefix}{field.name}.")

    name, every = message.DESCRIPTOR.name, set(paths(message.DESCRIPTOR))
    assert {path for path in every if explain_field(path, name) is None} == set()
    assert set(table) <= every


def test_honoured_is_what_the_code_reads():
    """A field of `honoured` is read somewhere; what is read is not said to have no effect."""
    bases = ("config", "options", "experimental", "gpu_options", "graph_options")
    read, on_options = set(), set()
    for path in (ROOT / "tfsession").rglob("*.py"):
        if path.parent.name in ("cli", "protos"):
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load):
                read.add(node.attr)
                base = getattr(node.value, "attr", getattr(node.value, "id", ""))
                if base.strip("_") in bases:
                    on_options.add(node.attr)
    for name, (status, _) in FIELDS.items():
        last = name.rpartition(".")[2]
        if status == "honoured":
            assert last in read, name
        elif status == "no effect":
            inner = any(other.startswith(f"{name}.") for other in FIELDS)
            assert inner or last not in on_options, f"{name} is read: is it honoured now?"


# ---- place ----

GRAPH = """
node { name: "v" op: "VariableV2" device: "/device:GPU:1"
  attr { key: "dtype" value { type: DT_FLOAT } }
  attr { key: "shape" value { shape { dim { size: 256 } dim { size: 1024 } } } } }
node { name: "read" op: "Identity" input: "v" attr { key: "T" value { type: DT_FLOAT } } }
node { name: "y" op: "Neg" input: "read" attr { key: "T" value { type: DT_FLOAT } } }
"""


@pytest.fixture
def graph_file(tmp_path):
    path = tmp_path / "graph.pbtxt"
    path.write_text(GRAPH)
    return str(path)


def placed(console, graph_file, **options):
    return cli_place.show_placement(console, graph_file, **options)


def test_placement_is_shown_with_reasons_and_totals(graph_file):
    text = printed(lambda console: placed(console, graph_file, devices="gpu:2x24GiB"))
    rows = [line.split() for line in text.splitlines()]
    assert ["v", "VariableV2", "GPU:1"] in [row[:3] for row in rows]
    assert ["y", "Neg", "GPU:0"] in [row[:3] for row in rows]
    assert any(row[:1] == ["GPU:1"] and "1.0 MiB" in " ".join(row) for row in rows)
    only = printed(lambda c: placed(c, graph_file, devices="gpu:2", only_totals=True))
    assert "VariableV2" not in only
    assert "GPU:1" in only


LONG_NAME = "a_long_name_of_a_scope/and_its_operation"


def placed_lines(monkeypatch, capsys, graph_file, width, *words):
    monkeypatch.delenv("COLUMNS", raising=False)
    if width is not None:
        monkeypatch.setenv("COLUMNS", str(width))
    text = Path(graph_file).read_text().replace('"read"', f'"{LONG_NAME}"')
    Path(graph_file).write_text(text)
    assert cli.main(["place", graph_file, "--devices", "gpu:2x24GiB", *words]) == 0
    return capsys.readouterr().out.splitlines()


def test_placements_in_a_pipe_have_a_line_for_each_operation(monkeypatch, capsys, graph_file):
    lines = placed_lines(monkeypatch, capsys, graph_file, None)
    (line,) = [line for line in lines if line.startswith(LONG_NAME)]
    assert line.split() == [LONG_NAME, "Identity", *"GPU:0 the best device with a kernel".split()]


@pytest.mark.parametrize("width", [80, 200])
def test_placements_fit_and_their_names_are_whole(monkeypatch, capsys, graph_file, width):
    lines = placed_lines(monkeypatch, capsys, graph_file, width)
    assert any(line.startswith(LONG_NAME) for line in lines)
    assert max(map(len, lines)) <= width
    assert [line for line in lines if line != line.rstrip()] == []
    # First what is on each device, then what is copied, then each operation.
    heads = [one.split()[0] for one, below in pairwise(lines) if below.startswith("--")]
    assert heads == ["Device", "Copy", "Operation"]
    assert "Memory limit of GPU:0, GPU:1: 24.0 GiB" in lines
    assert any(re.fullmatch(r"Operation +Type +Device +Why", line) for line in lines)


def test_copies_that_are_not_known(graph_file):
    """A part of a loop can be placed, but makes no program."""
    loop = """
      node { name: "merge" op: "Merge" input: "read" input: "next"
        attr { key: "T" value { type: DT_FLOAT } } attr { key: "N" value { i: 2 } } }
      node { name: "next" op: "NextIteration" input: "merge"
        attr { key: "T" value { type: DT_FLOAT } } }
    """
    Path(graph_file).write_text(GRAPH + loop)
    text = printed(lambda console: placed(console, graph_file, devices="gpu:2"))
    assert "The copies are not known" in text


def test_placement_as_json(graph_file, capsys):
    assert placed(Console(), graph_file, devices="cpu:2,gpu:2x24GiB", as_json=True) == 0
    report = json.loads(capsys.readouterr().out)
    assert [device["name"][-5:] for device in report["devices"]] == [
        *("CPU:0", "CPU:1", "GPU:0", "GPU:1")
    ]
    assert report["devices"][3]["memory_limit_bytes"] == 24 << 30
    assert report["devices"][3]["variable_bytes"] == 1 << 20
    assert [op["name"] for op in report["operations"]] == ["v", "read", "y"]
    assert all(op["reason"] for op in report["operations"])
    (copy,) = report["copies"]
    assert (copy["tensor"], copy["source"][-5:], copy["target"][-5:]) == ("v:0", "GPU:1", "GPU:0")


def test_config_splits_and_limits_the_devices(tmp_path, graph_file, capsys):
    config = tmp_path / "config.pbtxt"
    config.write_text(
        "gpu_options { experimental { virtual_devices { memory_limit_mb: [2, 3] } } }"
        ' device_count { key: "CPU" value: 2 }'
    )
    placed(Console(), graph_file, devices="gpu:1", config=str(config), as_json=True)
    limits = [one["memory_limit_bytes"] for one in json.loads(capsys.readouterr().out)["devices"]]
    assert limits[-2:] == [2 << 20, 3 << 20]
    assert len(limits) == 4


def test_soft_placement_and_its_absence(tmp_path, graph_file):
    with pytest.raises(cli_place.PlaceError, match="Cannot assign a device for operation v"):
        placed(Console(quiet=True), graph_file, devices="gpu:1")
    config = tmp_path / "config.pbtxt"
    config.write_text("allow_soft_placement: true")
    assert placed(Console(quiet=True), graph_file, devices="cpu", config=str(config)) == 0


def test_binary_graphs_are_read(tmp_path, graph_file):
    path = tmp_path / "graph.pb"
    path.write_bytes(cli_place.read_graph_def(graph_file).SerializeToString())
    assert cli_place.read_graph_def(str(path)) == cli_place.read_graph_def(graph_file)
    assert len(cli_place.read_graph_def(str(path)).node) == 3


@pytest.mark.parametrize(
    ("devices", "text"),
    [
        ("gpu:8x24GB", "'8x24GB' is not a group"),
        ("tpu:8", "'tpu:8'"),
        ("cpu:0", "want a number of CPUs"),
        ("gpu:", "'gpu:'"),
    ],
)
def test_devices_that_cannot_be_read(devices, text):
    with pytest.raises(cli_place.PlaceError, match=re.escape(text)):
        cli_place.planned_devices(devices, ConfigProto())


def test_files_that_cannot_be_read(tmp_path):
    with pytest.raises(cli_place.PlaceError, match="No such file"):
        cli_place.read_graph_def(str(tmp_path / "none.pb"))
    other = tmp_path / "other.pb"
    other.write_bytes(b"import tensorflow")
    with pytest.raises(cli_place.PlaceError, match="not a GraphDef"):
        cli_place.read_graph_def(str(other))
    page = other.rename(tmp_path / "README.md")
    with pytest.raises(
        cli_place.PlaceError, match=r"README\.md: not a graph; want \.pb, \.pbtxt or"
    ):
        cli_place.read_graph_def(str(page))
    mistake = tmp_path / "mistake.pbtxt"
    mistake.write_text("nodes {}")
    with pytest.raises(cli_place.PlaceError, match=r"mistake.pbtxt:1:1.*nodes"):
        cli_place.read_graph_def(str(mistake))
    with pytest.raises(cli_place.PlaceError, match=r"mistake.pbtxt:1:1.*nodes"):
        cli_place.read_config(str(mistake))
    unknown = GraphDef()
    unknown.node.add(name="x", op="NoSuchOp")
    with pytest.raises(cli_place.PlaceError, match="NoSuchOp"):
        cli_place.place_graph_def(unknown, cli_place.planned_devices("cpu", ConfigProto()))


def test_this_machine_is_planned_without_opening_its_gpus():
    environ = {"TFSESSION_SIMULATED_GPUS": "2x1GiB"}
    devices = cli_place.planned_devices(None, ConfigProto(), environ)
    assert [device.kind for device in devices] == ["CPU", "GPU", "GPU"]


# ---- the command line ----


def test_no_command_prints_help(capsys):
    assert cli.main([]) == 0
    text = capsys.readouterr().out
    for command in cli.COMMANDS:
        assert re.search(rf"^    {command}\s", text, re.MULTILINE)


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["devcies"], "did you mean 'devices'?"),
        (["zzz"], "neither a command nor a file: devices, doctor"),
        (["run"], "SCRIPT"),
        (["-m"], "argument expected for the -m option"),
        (["devices", "--watch", "0"], "seconds above 0"),
        (["devices", "--watch", "often"], "seconds above 0"),
        (["config"], "FILE"),
        (["devices", "foo"], "usage: tfsession devices "),
        (["doctor", "foo"], "usage: tfsession doctor "),
        (["place", "x.pb", "--bogus"], "usage: tfsession place "),
        (["--bogus"], "usage: tfsession [-h]"),
    ],
)
def test_wrong_words_exit_with_two(words, text, capsys):
    with pytest.raises(SystemExit) as exit_:
        cli.main(words)
    assert exit_.value.code == 2
    assert text in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "code", "text"),
    [
        (["/nowhere/graph.pb"], 2, "/nowhere/graph.pb: No such file or directory"),
        (["/nowhere/script.py"], 2, "/nowhere/script.py: No such file or directory"),
        (["GRAPH", "--", "x"], 2, "GRAPH: arguments are for scripts, which end with .py"),
        (["GRAPH", "--config", "/nowhere/c"], 2, "/nowhere/c: No such file or directory"),
        (["GRAPH", "--devices", "tpu"], 2, "--devices: 'tpu' in 'tpu'; want cpu:2, gpu:8"),
        (["GRAPH", "--svg", "/nowhere/x.svg"], 2, "/nowhere/x.svg: No such file or directory"),
        (["GRAPH", "--devices", "gpu:1"], 1, "Cannot assign a device for operation v"),
    ],
)
def test_what_place_cannot_do_is_said_in_one_line(words, code, text, capsys, graph_file):
    words = [word.replace("GRAPH", graph_file) for word in words]
    devices = [] if "--devices" in words else ["--devices", "gpu:2"]
    assert cli.main(["place", *devices, *words]) == code
    printed_line = capsys.readouterr().err
    assert printed_line.startswith("tfsession place: ")
    assert text.replace("GRAPH", graph_file) in printed_line
    assert code == 1 or printed_line.count("\n") == 1


def test_pictures_are_written(tmp_path, graph_file, capsys):
    files = [str(tmp_path / "graph.svg"), str(tmp_path / "graph.html")]
    words = ["place", graph_file, "--devices", "gpu:2", "--svg", files[0], "--html", files[1]]
    assert cli.main([*words, "--totals"]) == 0
    for path in files:
        assert "requested /device:GPU:1" in Path(path).read_text()
    assert "GPU:1" in capsys.readouterr().out


def test_letters_that_the_locale_lacks_do_not_stop_a_command(monkeypatch, tmp_path):
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding="ascii"))
    path = tmp_path / "größe.pbtxt"
    path.write_text("allow_soft_placement: true")
    assert cli.main(["config", str(path)]) == 0
    assert cli.main(["config", str(tmp_path / "ö.pbtxt")]) == 2
    sys.stdout.flush()
    assert b"gr??e.pbtxt: a ConfigProto" in raw.getvalue()


def test_version(capsys):
    with pytest.raises(SystemExit) as exit_:
        cli.main(["--version"])
    assert exit_.value.code == 0
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert capsys.readouterr().out.startswith(f"tfsession {project['version']}, ")


@pytest.mark.parametrize("command", cli.COMMANDS)
def test_help_fits_a_terminal(command, monkeypatch, capsys):
    monkeypatch.setenv("COLUMNS", "80")
    with pytest.raises(SystemExit):
        cli.main([command, "--help"])
    assert max(map(len, capsys.readouterr().out.splitlines())) <= 80


@pytest.mark.parametrize("words", [["devices"], ["doctor"], ["config", "FILE"], ["place", "GRAPH"]])
def test_json_tells_its_schema(words, graph_file, capsys):
    names = {"FILE": str(ROOT / "configs/threads.pbtxt"), "GRAPH": graph_file}
    extra = ["--devices", "gpu:2"] if words[0] == "place" else []
    cli.main([*(names.get(word, word) for word in words), *extra, "--json"])
    assert json.loads(capsys.readouterr().out)["schema"] == 1


@pytest.mark.parametrize("width", [80, 200])
@pytest.mark.parametrize("command", ["devices", "doctor"])
def test_lines_end_without_blanks(command, width, monkeypatch, capsys):
    monkeypatch.setenv("COLUMNS", str(width))
    monkeypatch.setenv("TFSESSION_SIMULATED_GPUS", "2x4GiB")
    cli.main([command])
    lines = capsys.readouterr().out.splitlines()
    assert lines[0]
    assert [line for line in lines if line != line.rstrip()] == []


def test_commands_reach_their_modules(capsys, monkeypatch):
    monkeypatch.setenv("TFSESSION_SIMULATED_GPUS", "1x1GiB")
    assert cli.main(["devices", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["gpus"][0]["simulated"]
    assert cli.main(["config", str(ROOT / "configs/cpu_only.pbtxt")]) == 0
    assert "honoured" in capsys.readouterr().out
