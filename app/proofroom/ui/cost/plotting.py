"""Imports pyqtgraph on the window's thread in short steps; whole, it would stall for 0.6 s.

No thread may do it: Qt's types are made when they are first named, and two threads that make them
at once end the process. pyqtgraph names all of them when it is imported, so they are made first, a
few at a time; then the statements of pyqtgraph's own module are carried out one by one. numpy knows
no Qt and is imported by a thread before (`import_numpy`).
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from functools import partial
from importlib import import_module
from importlib.abc import InspectLoader
from importlib.util import find_spec, module_from_spec
from types import CodeType

from proofroom.ui.slices import Step

NAME = "pyqtgraph"
_QT = ("PySide6.QtCore", "PySide6.QtGui", "PySide6.QtWidgets")
_AT_ONCE = 4
"""Types made in one step: a few ms."""
_BEFORE = (
    *("decimal", "multiprocessing.connection", "subprocess"),
    *(f"{NAME}.{name}" for name in ("functions", "GraphicsScene", "parametertree.Parameter")),
    *(f"{NAME}.graphicsItems.{name}" for name in ("GraphicsItem", "GraphicsObject", "ViewBox")),
    *(f"{NAME}.graphicsItems.AxisItem", f"{NAME}.parametertree"),
)
"""What takes long of what the first statement that draws brings, each a step."""
_DRAWS = "from .colormap"


def is_there() -> bool:
    """Tell whether pyqtgraph is imported."""
    module = sys.modules.get(NAME)
    return module is not None and hasattr(module, "PlotWidget")


def import_numpy() -> None:
    """Import what pyqtgraph needs and has no Qt in it; for a thread."""
    import_module("numpy")


def steps() -> list[Step]:
    """Return what imports pyqtgraph, each a step of few ms for the window's thread."""
    if is_there():
        return []
    spec = find_spec(NAME)
    loader = None if spec is None else spec.loader
    source = loader.get_source(NAME) if isinstance(loader, InspectLoader) else None
    if spec is None or source is None or NAME in sys.modules:  # a frozen app has no source
        return [*_types(), partial(import_module, NAME)]
    module = module_from_spec(spec)
    module_steps = [
        partial(exec, code, module.__dict__) if isinstance(code, CodeType) else code
        for code in _statements(source, spec.origin or NAME)
    ]
    # from here on `import pyqtgraph.functions` does not carry out the module first
    return [*_types(), partial(sys.modules.__setitem__, NAME, module), *module_steps]


def _types() -> list[Step]:
    found: list[Step] = []
    for name in _QT:
        module = import_module(name)
        names = dir(module)
        found += [
            partial(_name, module, names[at : at + _AT_ONCE])
            for at in range(0, len(names), _AT_ONCE)
        ]
    return found


def _name(module: object, names: list[str]) -> None:
    for name in names:
        getattr(module, name)


def _statements(source: str, origin: str) -> Iterator[CodeType | Step]:
    yield partial(import_module, f"{NAME}.Qt")
    for node in ast.parse(source).body:
        if ast.unparse(node).startswith(_DRAWS):
            yield from (partial(import_module, name) for name in _BEFORE)
        yield compile(ast.Module([node], []), origin, "exec")
