"""The few questions that stop the work: a dear run, a key's new address, a loss at the end."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from proofroom.domain import figures
from proofroom.domain.comparison import Estimate
from proofroom.domain.provider import Provider, host_of
from proofroom.ui.theme import Size, Space, follow, line_height, px
from proofroom.ui.widgets.buttons import Button, Kind
from proofroom.ui.widgets.form import Glyph
from proofroom.ui.widgets.labels import Label, Paragraph
from proofroom.ui.widgets.panels import Sheet

Choice = tuple[str, Kind, Callable[[], None]]


class Question(QDialog):
    """A question about a loss: what is lost, and buttons that say what they do."""

    def __init__(self, over: QWidget, title: str, text: str, choices: Sequence[Choice]) -> None:
        """Show with `open`; the last choice is the safe one and stands at the right with focus."""
        super().__init__(over)
        self.setWindowTitle("Proofroom")
        self.setAccessibleName(title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.buttons: list[Button] = []
        self._box, self._head, self._low = QVBoxLayout(self), QHBoxLayout(), QHBoxLayout()
        self._mark = Glyph("triangle-alert", "warn")
        self._head.addWidget(self._mark, 0, Qt.AlignmentFlag.AlignTop)
        said = Paragraph(title, 15, weight=600)
        self._head.addWidget(said, 1, Qt.AlignmentFlag.AlignTop)
        self._low.addStretch(1)
        for words, kind, then in choices:
            button = Button(words, kind)
            button.clicked.connect(self.accept)
            button.clicked.connect(then)
            self._low.addWidget(button)
            self.buttons.append(button)
        self._box.addLayout(self._head)
        self._box.addWidget(Paragraph(text))
        self._box.addLayout(self._low)
        self.rejected.connect(choices[-1][2])  # Esc is the safe choice
        self.buttons[-1].setFocus()
        follow(self._restyle)

    def _restyle(self) -> None:
        side = px(Space.XL)
        self._box.setContentsMargins(side, side, side, side)
        self._box.setSpacing(px(Space.M))
        self._head.setSpacing(px(Space.S))
        self._low.setSpacing(px(Space.S))
        self._mark.setFixedHeight(line_height(15))  # on the first line of the title
        self.setMinimumWidth(px(Size.PANEL))


class SpendSheet(Sheet):
    """Asks once before a press of Run that is dear or large, with the sum."""

    def __init__(
        self, over: QWidget, estimate: Estimate, go: Callable[[], None], leave: Callable[[], None]
    ) -> None:
        super().__init__(over, "This run costs money", icon="circle-dollar-sign")
        self._go, self._leave, self._answered = go, leave, False
        self.body.addWidget(Paragraph(_sentence(estimate)))
        grid = QGridLayout()
        for row, (name, value) in enumerate(_figures(estimate)):
            grid.addWidget(Label(name, 12, ink="text2"), row, 0)
            figure = Label(value, 13, 500).keep()
            grid.addWidget(figure, row, 1, Qt.AlignmentFlag.AlignRight)
        grid.setColumnStretch(2, 1)
        grid.setHorizontalSpacing(px(Space.XL))
        grid.setVerticalSpacing(px(Space.XS))
        self.body.addLayout(grid)
        self.body.addStretch(1)
        self.note.setText("Both limits are in Settings, Running.")
        self.keep_button = Button("Do not run")
        self.run_button = Button(_verb(estimate), Kind.PRIMARY, icon="play")
        self.footer.addWidget(self.keep_button)
        self.footer.addWidget(self.run_button)
        self.keep_button.clicked.connect(self.close_it)
        self.run_button.clicked.connect(self._run)
        self.closed.connect(self._closed)

    def focus_first(self) -> None:
        """Put focus on the primary button."""
        self.run_button.setFocus(Qt.FocusReason.OtherFocusReason)

    def _run(self) -> None:
        self._answered = True
        self.close_it()
        self._go()

    def _closed(self) -> None:
        if not self._answered:
            self._answered = True
            self._leave()
        self.deleteLater()


class AddressSheet(Sheet):
    """Asks once before an API key goes where nobody of this laptop has let it go yet."""

    def __init__(
        self,
        over: QWidget,
        providers: Sequence[Provider],
        go: Callable[[], None],
        leave: Callable[[], None],
    ) -> None:
        super().__init__(over, "An API key goes to a new address", icon="key-round")
        self._go, self._leave, self._answered = go, leave, False
        self.sentences = [
            f"This workspace sends your {one.name} key to {host_of(one)}." for one in providers
        ]
        for sentence, one in zip(self.sentences, providers, strict=True):
            self.body.addWidget(Paragraph(sentence))
            self.body.addWidget(Paragraph(one.url, 12, ink="text2"))
        self.body.addWidget(Paragraph("Use it there? This laptop keeps your answer."))
        self.body.addStretch(1)
        self.keep_button = Button("Do not run")
        self.run_button = Button("Use it there", Kind.PRIMARY, icon="key-round")
        self.footer.addWidget(self.keep_button)
        self.footer.addWidget(self.run_button)
        self.keep_button.clicked.connect(self.close_it)
        self.run_button.clicked.connect(self._use)
        self.closed.connect(self._closed)

    def focus_first(self) -> None:
        """Put focus on the button that sends nothing."""
        self.keep_button.setFocus(Qt.FocusReason.OtherFocusReason)

    def _use(self) -> None:
        self._answered = True
        self.close_it()
        self._go()

    def _closed(self) -> None:
        if not self._answered:
            self._answered = True
            self._leave()
        self.deleteLater()


def _verb(estimate: Estimate) -> str:
    if estimate.nano_usd:
        return f"Run for about {figures.money(estimate.nano_usd)}"
    return f"Run {figures.plural(estimate.calls, 'call')}"


def _sentence(estimate: Estimate) -> str:
    paid = figures.plural(estimate.paid_calls, "paid call")
    text = f"One press makes {paid}, for about {figures.money(estimate.nano_usd)}."
    if estimate.unknown_cost:
        calls = figures.plural(estimate.unknown_cost, "call")
        text += f" The cost of {calls} is unknown and comes on top."
    return text + " Equal answers that are kept already are not asked again."


def _figures(estimate: Estimate) -> list[tuple[str, str]]:
    about = not estimate.exact
    rows = [
        ("Calls", figures.number(estimate.calls)),
        ("Paid calls", figures.number(estimate.paid_calls)),
        ("Tokens in", figures.tokens(estimate.tokens_in, about=about)),
        ("Tokens out", figures.tokens(estimate.tokens_out, about=True)),
        ("Cost", figures.money(estimate.nano_usd, about=True)),
    ]
    if estimate.unknown_cost:
        rows.append(("Of unknown cost", figures.plural(estimate.unknown_cost, "call")))
    if estimate.seconds is not None:
        rows.append(("Time", f"about {figures.duration(round(estimate.seconds * 1_000_000))}"))
    return rows
