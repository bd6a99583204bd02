"""The registry: what is declared of ops and kernels."""

from __future__ import annotations

import pytest

from tfsession import dtypes, registry
from tfsession.compile.kernel_table import load_kernels
from tfsession.registry import KERNELS, OPS, STATIC_ELEMENTS, STATIC_VALUES


@pytest.fixture
def tables(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tables to which a test may add."""
    for name in ("OPS", "KERNELS", "STATIC_VALUES", "_FAMILY_FACTS"):
        monkeypatch.setattr(registry, name, dict(getattr(registry, name)))


@pytest.mark.usefixtures("tables")
def test_a_family_declares_facts_of_all_its_ops():
    registry.family(is_light=True, checks=True)
    assert registry.op("_Light(x: float32)").is_light
    assert not registry.op("_Heavy(x: float32)", is_light=False).is_light
    assert registry.OPS["_Heavy"].checks


@pytest.mark.usefixtures("tables")
def test_what_cannot_be_declared_is_refused():
    with pytest.raises(TypeError, match="is_ligth"):
        registry.op("_Light(x: float32)", is_ligth=True)
    registry.op("_Light(x: float32)")
    with pytest.raises(TypeError, match="hots"):
        registry.kernel("_Light", hots=("x",))(lambda xp, x: None)


@pytest.mark.usefixtures("tables")
def test_a_static_value_is_registered_once():
    with pytest.raises(ValueError, match="static value: 'Shape' has one already"):
        registry.static_value("Shape")(lambda op, known: None)


def test_an_op_without_anything_only_orders():
    assert {name for name, op in OPS.items() if op.only_orders} == {"NoOp", "ControlTrigger"}


def test_facts_fit_the_ops():
    """Whoever asks for a fact relies on this."""
    for name, op in OPS.items():
        if op.is_variable:
            assert {"shape", "dtype"} <= op.attributes.keys(), name
        if op.hands_on or op.renames:
            assert len(op.inputs) == len(op.outputs), name
        if op.is_metadata or op.renames:
            assert len(op.inputs) == 1, name
            assert not op.inputs[0].is_list, name
    assert STATIC_ELEMENTS.keys() <= STATIC_VALUES.keys()


def test_types_of_kernels_are_those_of_an_attribute():
    load_kernels()
    for (name, _), kernel in KERNELS.items():
        if kernel.host_types or kernel.cpu_types:
            assert {"T", "dtype"} & OPS[name].attributes.keys(), name
        assert dtypes.string not in kernel.host_types
