"""Writes what the page shows as CSV, and its chart as a picture, off the interface thread."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QUrl
from PySide6.QtGui import QDesktopServices, QImage
from PySide6.QtWidgets import QFileDialog, QWidget

from proofroom.domain import period
from proofroom.errors import ProofroomError
from proofroom.interchange import cost_file, report
from proofroom.ui.session import Session
from proofroom.ui.widgets.news import Tone
from proofroom.ui.window import MainWindow
from proofroom.workspace.costs import Costs

_SHARP = 2
"""Pixels of the picture for one on the screen, so that it can be printed."""


class Export(QObject):
    """Asks where to, then writes the file."""

    def __init__(self, session: Session, window: MainWindow, chart: QWidget) -> None:
        super().__init__(chart)
        self._session, self._window, self._chart = session, window, chart
        self.dialog: QFileDialog | None = None

    def ask(self, costs: Costs, suffix: str) -> None:
        """Show the system's file dialog for a `csv` or a `png`."""
        dialog = QFileDialog(self._window, "Export the cost")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilter("CSV table (*.csv)" if suffix == "csv" else "Picture (*.png)")
        dialog.setDefaultSuffix(suffix)
        first, last = (period.date_of(day) for day in (costs.span.first, costs.span.last))
        dialog.selectFile(f"cost {first} to {last}.{suffix}")
        dialog.fileSelected.connect(partial(self._chosen, costs))
        dialog.finished.connect(dialog.deleteLater)
        self.dialog = dialog
        dialog.open()

    def _chosen(self, costs: Costs, name: str) -> None:
        self.write(costs, Path(name))

    def write(self, costs: Costs, path: Path) -> None:
        """Write a file by the ending of its name; the dialog has asked before it replaces one."""
        work: Callable[[], Path]
        if path.suffix.lower() == ".png":
            work = partial(_picture, self._image(), path)
        else:
            work = partial(_table, costs, path)
        self._session.errand(work, self._written, self._fail)

    def _image(self) -> QImage:
        size = self._chart.size() * _SHARP
        image = QImage(size, QImage.Format.Format_RGB32)
        image.setDevicePixelRatio(_SHARP)
        image.fill(self._chart.palette().window().color())
        self._chart.render(image)
        return image

    def _written(self, path: Path) -> None:
        self._window.toasts.show(f"Exported to {path.name}", "Open", partial(_show, path))

    def _fail(self, error: Exception) -> None:
        words = f"{getattr(error, 'what', error)}. {getattr(error, 'fix', '')}"
        self._window.toasts.show(words.strip(), tone=Tone.BAD)


def _table(costs: Costs, path: Path) -> Path:
    report.write(path, cost_file.csv(costs), replace=True)
    return path


def _picture(image: QImage, path: Path) -> Path:
    if not image.save(str(path)):
        raise ProofroomError(
            "The picture cannot be written", where=str(path), fix="Choose another folder."
        )
    return path


def _show(path: Path) -> None:
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(path)))
