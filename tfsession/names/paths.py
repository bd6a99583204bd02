"""Modules whose names are those of others: TensorFlow's module paths, made from tables."""

from __future__ import annotations

import difflib
import importlib
import sys
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any


class _PathModule(ModuleType):
    """A module whose names are those of others."""

    def __init__(self, name: str, sources: str) -> None:
        super().__init__(name, f"TensorFlow's module path {name!r}.")
        self._sources = read_sources(sources)
        # Below a path there is what the table says, and nothing in the file system.
        self.__path__: list[str] = []
        self.__spec__ = ModuleSpec(name, None, is_package=True)
        self.__package__ = name

    def __getattr__(self, name: str) -> Any:
        if name == "__all__":
            return [n for n in dir(self) if not n.startswith("_")]
        if name.startswith("__") and not any(names and name in names for _, names in self._sources):
            raise AttributeError(name)
        for module_name, names in self._sources:
            old = name if names is None else names.get(name)
            if old is None or (names is None and name.startswith("_")):
                continue
            found = getattr(module_of(module_name), old, self)
            if found is not self:
                setattr(self, name, found)
                return found
        near = difflib.get_close_matches(name, dir(self), n=1)
        hint = f". Did you mean {near[0]!r}?" if near else ""
        raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}{hint}")

    def __dir__(self) -> list[str]:
        found = {n for n in self.__dict__ if not n.startswith("_")}
        for module_name, names in self._sources:
            module = module_of(module_name)
            if names is None:
                found.update(_public(module))
            else:
                found.update(new for new, old in names.items() if hasattr(module, old))
        return sorted(found)


def read_sources(sources: str) -> list[tuple[str, dict[str, str] | None]]:
    """Modules of this package, each with name here -> name there, or None for all public names.

    Args:
      sources: as `register` takes them.
    """
    return [_source(text) for text in sources.split()]


def _source(text: str) -> tuple[str, dict[str, str] | None]:
    module, colon, names = text.partition(":")
    if not colon:
        return module, None
    pairs = (name.partition("=") for name in names.split(","))
    return module, {new: old or new for new, _, old in pairs}


def module_of(name: str) -> ModuleType:
    """A module of this package by its path in it; `tf` is the package."""
    return importlib.import_module("tfsession" if name == "tf" else f"tfsession.{name}")


def _public(module: ModuleType) -> list[str]:
    names = getattr(module, "__all__", None)
    return [n for n in (dir(module) if names is None else names) if not n.startswith("_")]


def register(package: str, paths: dict[str, str]) -> None:
    """Makes the modules of a table, with the packages above them.

    Args:
      package: the name of the module below which they are.
      paths: path below it -> sources, separated by blanks: a module of tfsession with all its
        public names, or with some, `graph:Graph,Tensor`. `tf:` stands for tfsession itself;
        `new=old` offers a name under another. First come, first served.
    """
    made: dict[str, ModuleType] = {}
    for path in paths:
        parts = path.split(".")
        for depth in range(1, len(parts) + 1):
            name = f"{package}.{'.'.join(parts[:depth])}"
            if name in made:
                continue
            made[name] = _PathModule(name, paths.get(".".join(parts[:depth]), ""))
            above, _, last = name.rpartition(".")
            setattr(made.get(above, sys.modules[package]), last, made[name])
    sys.modules.update(made)
