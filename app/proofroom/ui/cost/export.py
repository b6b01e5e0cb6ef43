"""Writes what the page shows as CSV, and its chart as a picture, off the interface thread."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtGui import QImage
from PySide6.QtWidgets import QWidget

from proofroom.domain import period
from proofroom.errors import ProofroomError
from proofroom.interchange import cost_file, report
from proofroom.ui.file_export import FileExport
from proofroom.ui.session import Session
from proofroom.ui.window import MainWindow
from proofroom.workspace.costs import Costs

_SHARP = 2
"""Pixels of the picture for one on the screen, so that it can be printed."""


class Export(FileExport):
    """Writes the sums, or a picture of the chart."""

    def __init__(self, session: Session, window: MainWindow, chart: QWidget) -> None:
        super().__init__(session, window, chart)
        self._chart = chart

    def ask(self, costs: Costs, suffix: str) -> None:
        """Ask where a `csv` or a `png` goes."""
        first, last = (period.date_of(day) for day in (costs.span.first, costs.span.last))
        forms = {f".{suffix}": "CSV table (*.csv)" if suffix == "csv" else "Picture (*.png)"}
        name = f"cost {first} to {last}.{suffix}"
        self.ask_where("Export the cost", name, forms, partial(self.write, costs))

    def write(self, costs: Costs, path: Path) -> None:
        """Write a file by the ending of its name."""
        work: Callable[[], None]
        if path.suffix.lower() == ".png":
            work = partial(_picture, self._image(), path)
        else:
            work = partial(_table, costs, path)
        self.have_written(path, work, lambda _: f"Exported to {path.name}")

    def _image(self) -> QImage:
        size = self._chart.size() * _SHARP
        image = QImage(size, QImage.Format.Format_RGB32)
        image.setDevicePixelRatio(_SHARP)
        image.fill(self._chart.palette().window().color())
        self._chart.render(image)
        return image


def _table(costs: Costs, path: Path) -> None:
    report.write(path, cost_file.csv(costs), replace=True)


def _picture(image: QImage, path: Path) -> None:
    if not image.save(str(path)):
        raise ProofroomError(
            "The picture cannot be written", where=str(path), fix="Choose another folder."
        )
