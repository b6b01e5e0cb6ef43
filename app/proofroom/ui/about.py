"""What this is, which version, and the licences of all that it stands on."""

from __future__ import annotations

import platform
import sys
from importlib import metadata
from pathlib import Path

from PySide6.QtWidgets import QSizePolicy, QWidget

from proofroom import __version__, paths
from proofroom.ui.help_pages import NEWS
from proofroom.ui.help_sheet import HelpSheet
from proofroom.ui.session import Session
from proofroom.ui.settings.rows import Row, Section
from proofroom.ui.widgets.buttons import Button
from proofroom.ui.widgets.fields import TextArea
from proofroom.ui.widgets.labels import Paragraph
from proofroom.ui.widgets.panels import Sheet

_ROOT = "proofroom"
_TEXTS = ("icons/LICENSE.txt", "fonts/Inter-OFL.txt", "fonts/JetBrainsMono-OFL.txt")


class About(Section):
    """Version, our licence, and those of others."""

    def __init__(self, session: Session, window: QWidget) -> None:
        super().__init__("about", "About")
        self._session, self._window = session, window
        self.licences = Button("Show licences", small=True)
        self.news = Button("What is new", small=True)
        system = f"Python {platform.python_version()}, {platform.system()} {platform.machine()}"
        self.add(
            Row(
                f"Proofroom {__version__}",
                f"MIT licence. {system}. Logs: {paths.logs()}",
                self.news,
                icon="info",
            )
        )
        self.add(
            Row(
                "Third-party licences",
                "Qt and PySide6 are used under the LGPL 3 as shared libraries that can be replaced."
                " Icons are Lucide (ISC); fonts are Inter and JetBrains Mono (OFL 1.1).",
                self.licences,
            )
        )
        self.licences.clicked.connect(self._show)
        self.news.clicked.connect(self._show_news)

    def _show_news(self) -> None:
        HelpSheet(self._window, self._session, NEWS).open()

    def _show(self) -> None:
        LicenceSheet(self._window, self._session).open()


class LicenceSheet(Sheet):
    """The packages this installation runs on with their licences, then the texts we ship."""

    def __init__(self, over: QWidget, session: Session) -> None:
        super().__init__(over, "Third-party licences", icon="scale")
        self.body.addWidget(Paragraph(f"As installed here: {Path(sys.prefix)}", 12, ink="text2"))
        self.text = TextArea("Third-party licences", "Reading them", lines=12)
        self.text.setReadOnly(True)
        self.text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.body.addWidget(self.text, 1)
        self.close_button_low = Button("Close")
        self.footer.addWidget(self.close_button_low)
        self.close_button_low.clicked.connect(self.close_it)
        self.closed.connect(self.deleteLater)
        session.errand(licences, self._show, self._fail)

    def _show(self, words: str) -> None:
        self.text.setPlainText(words)

    def _fail(self, error: Exception) -> None:
        self.text.setPlainText(str(error))


def licences() -> str:
    """Return a line for each package we depend on, then the licence texts of icons and fonts."""
    lines = [_line(one) for one in packages()]
    texts = [paths.resource(name) for name in _TEXTS]
    parts = ["\n".join(lines)]
    parts += [f"{text.parent.name}: {text.name}\n\n{text.read_text('utf-8')}" for text in texts]
    return "\n\n\n".join(parts)


def packages() -> list[metadata.Distribution]:
    """Return what is installed of all that this app needs, by name."""
    found: dict[str, metadata.Distribution] = {}
    waiting = [_ROOT]
    while waiting:
        name = _plain(waiting.pop())
        if name in found:
            continue
        try:
            found[name] = metadata.distribution(name)
        except metadata.PackageNotFoundError:  # of another system, or an extra nobody asked for
            continue
        needs = found[name].requires or []
        # our own extras are the window and the providers; those of others nobody asked for
        ours = name == _ROOT
        waiting += [_name(need) for need in needs if ours or "extra ==" not in need]
    found.pop(_ROOT, None)
    return [found[name] for name in sorted(found)]


def _line(one: metadata.Distribution) -> str:
    said = _field(one, "License-Expression")
    if not said:
        of_trove = [text for text in _field(one, "Classifier") if "License ::" in text]
        said = [", ".join(text.rpartition(" :: ")[2] for text in of_trove)]
    said = [text for text in said if text] or _field(one, "License") or ["see its files"]
    return f"{one.name} {one.version}: {said[0].splitlines()[0]}"


def _field(one: metadata.Distribution, name: str) -> list[str]:
    return [str(text) for text in one.metadata.get_all(name) or ()]


def _name(requirement: str) -> str:
    end = next((at for at, sign in enumerate(requirement) if sign in " <>=!~;[("), None)
    return requirement[:end]


def _plain(name: str) -> str:
    return name.strip().lower().replace("_", "-").replace(".", "-")
