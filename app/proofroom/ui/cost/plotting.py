"""Imports pyqtgraph on the window's thread in short steps; whole, it would stall for 0.6 s.

No thread may do it: Qt's types are made when they are first named, and two threads that make them
at once end the process. pyqtgraph names all of them when it is imported, so they are made first, a
few at a time; then the statements of pyqtgraph's own module are carried out one by one. What knows
no Qt, numpy above all, is imported by a thread before (`prepare`).
"""

from __future__ import annotations

import ast
import sys
from functools import partial
from importlib import import_module
from importlib.abc import InspectLoader
from importlib.util import find_spec, module_from_spec
from types import CodeType

from msgspec import Struct

from proofroom.ui.slices import Step

NAME = "pyqtgraph"
_QT = ("PySide6.QtCore", "PySide6.QtGui", "PySide6.QtWidgets")
_AT_ONCE = 2
"""Types made in one step: a few ms."""
_WITHOUT_QT = (
    *("numpy", "decimal", "multiprocessing.connection", "subprocess", "pydoc"),
    *("xml.etree.ElementTree", "platform", "tempfile"),
)
_BEFORE = (
    *(f"{NAME}.{name}" for name in ("functions", "colormap", "GraphicsScene", "SignalProxy")),
    *(f"{NAME}.graphicsItems.{name}" for name in ("GraphicsItem", "GraphicsObject", "ViewBox")),
    *(f"{NAME}.graphicsItems.{name}" for name in ("AxisItem", "GradientEditorItem")),
    *(f"{NAME}.widgets.{name}" for name in ("SpinBox", "TreeWidget", "ColorButton")),
    *(f"{NAME}.parametertree.Parameter", f"{NAME}.parametertree"),
)
"""What takes long of what the first statement that draws brings, each a step."""
_DRAWS = "from .colormap"


def is_there() -> bool:
    """Tell whether pyqtgraph is imported."""
    module = sys.modules.get(NAME)
    return module is not None and hasattr(module, "PlotWidget")


class Prepared(Struct, frozen=True):
    """What a thread made ready: pyqtgraph's statements; none in an app without its source."""

    codes: tuple[tuple[bool, CodeType], ...]


def prepare() -> Prepared:
    """Import what pyqtgraph needs and has no Qt in it, and read its statements; for a thread."""
    for name in _WITHOUT_QT:
        import_module(name)
    spec = find_spec(NAME)
    loader = None if spec is None else spec.loader
    source = loader.get_source(NAME) if isinstance(loader, InspectLoader) else None
    if spec is None or source is None:
        return Prepared(())
    found = [
        (
            ast.unparse(node).startswith(_DRAWS),
            compile(ast.Module([node], []), spec.origin or NAME, "exec"),
        )
        for node in ast.parse(source).body
    ]
    return Prepared(tuple(found))


def steps(prepared: Prepared) -> list[Step]:
    """Return what imports pyqtgraph, each a step of few ms for the window's thread."""
    if is_there():
        return []
    spec = find_spec(NAME)
    if spec is None or not prepared.codes or NAME in sys.modules:
        return [*_types(), partial(import_module, NAME)]
    module = module_from_spec(spec)
    found: list[Step] = [partial(import_module, f"{NAME}.Qt")]
    for draws, code in prepared.codes:
        if draws:
            found += [partial(import_module, name) for name in _BEFORE]
        found.append(partial(exec, code, module.__dict__))
    # from here on `import pyqtgraph.functions` does not carry out the module first
    return [*_types(), partial(sys.modules.__setitem__, NAME, module), *found]


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
