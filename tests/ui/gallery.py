"""Draws the component sheet and the frame to pictures, light and dark."""

from __future__ import annotations

import sys
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget
from tests.ui.gallery_sheet import sheet

from proofroom.ui.theme import Look, theme
from proofroom.ui.widgets.buttons import Button, Kind
from proofroom.ui.widgets.chips import Chip
from proofroom.ui.widgets.empty import EmptyState
from proofroom.ui.widgets.fields import TextArea
from proofroom.ui.widgets.form import Field
from proofroom.ui.widgets.frames import PageHeader
from proofroom.ui.widgets.labels import Label
from proofroom.ui.widgets.palette_list import Entry
from proofroom.ui.widgets.panels import Sheet
from proofroom.ui.window import MainWindow, PageSpec


def _page() -> QWidget:
    page = QWidget()
    box = QVBoxLayout(page)
    box.setContentsMargins(0, 0, 0, 0)
    box.setSpacing(0)
    header = PageHeader("refund-reply", "Draft saved 14:05")
    header.add_chip(Chip("support"))
    header.add_action(Button("Compare", icon="columns-2"))
    header.add_action(Button("Promote", icon="rocket"))
    header.add_action(Button("Save version", Kind.PRIMARY))
    box.addWidget(header)
    box.addWidget(
        EmptyState(
            "No prompts yet",
            "Write one, or bring yours from another tool or a bundle.",
            "Write a prompt",
            second="Import…",
            icon="pen-line",
        ),
        1,
    )
    return page


def frame() -> MainWindow:
    """Return the window with sample pages."""
    window = MainWindow()
    names = (
        ("prompts", "Prompts", "pen-line"),
        ("compare", "Compare", "columns-2"),
        ("review", "Review", "list-checks"),
        ("runs", "Runs", "activity"),
    )
    for number, (id_, title, icon) in enumerate(names, start=1):
        window.add_page(
            PageSpec(id=id_, title=title, icon=icon, key=f"Ctrl+{number}", factory=_page)
        )
    window.add_page(
        PageSpec(id="settings", title="Settings", icon="settings", factory=_page, low=True)
    )
    window.actions_.on("promote", print)
    window.actions_.on("roll-back", print)
    window.sidebar.set_workspace("acme-support")
    window.sidebar.set_count("review", 6)
    window.status.engine.say("Engine ready", "circle-check", "ok")
    window.status.work.say("Comparison: 9 of 12, about 6 s left", "loader-circle", "accent")
    window.status.spend.say("$0.42 of $5.00 today", "wallet")
    window.status.saved.say("Saved 14:05", "check")
    prompts = [
        Entry(group="Prompts", text=t, note=n, icon="file-text", run=print)
        for t, n in (("product-copy", "v4 in production"), ("profanity-filter", "not promoted"))
    ]
    window.palette_.add_source("Prompts", lambda: prompts, prefix="@")
    window.go("prompts")
    return window


def _settle() -> None:
    for _ in range(4):
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        QCoreApplication.processEvents()


def _save(widget: QWidget, folder: Path, name: str, *, wide: int = 1280, high: int = 800) -> None:
    widget.resize(wide, high)
    widget.show()
    _settle()
    widget.grab().save(str(folder / f"{name}.png"))


def _set(folder: Path, suffix: str) -> None:
    """Draw every picture in the theme as it is."""
    page = sheet()
    _save(page, folder, f"components-{suffix}")
    page.close()
    window = frame()
    window.toasts.show("v13 saved", "Undo")
    _save(window, folder, f"frame-{suffix}")
    window.palette_.ask("pro")
    _save(window, folder, f"palette-{suffix}")
    window.palette_.close_it()
    over = Sheet(window, "Promote refund-reply to production", icon="rocket")
    over.body.addWidget(Label("What changes", 13, 600))
    over.body.addWidget(Field("Reason", TextArea("Reason", lines=3), above=True))
    over.body.addStretch(1)
    over.note.setText("Rolling back is one step and never gated.")
    over.footer.addWidget(Button("Override…", Kind.DANGER))
    over.footer.addWidget(Button("Promote to production", Kind.PRIMARY))
    over.open()
    _save(window, folder, f"sheet-{suffix}")
    window.close()


def main(folder: Path) -> None:
    """Draw all pictures into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    app = QApplication.instance() or QApplication(sys.argv[:1])
    theme().set_bundled_fonts(True)
    for look in (Look.LIGHT, Look.DARK):
        theme().set_look(look)
        _set(folder, look.value)
    theme().set_look(Look.LIGHT)
    theme().set_zoom(200)
    _set(folder, "200")
    theme().set_zoom(100)
    theme().set_high_contrast(True)
    _set(folder, "high")
    del app


if __name__ == "__main__":
    main(Path(sys.argv[1]))
