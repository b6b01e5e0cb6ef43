"""What the window's banner says: the most pressing of the matters that are not solved yet."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct
from PySide6.QtCore import QObject, Signal

from proofroom.ui.widgets.news import Banner, Tone

_RANK = (Tone.BAD, Tone.WARN, Tone.OK)


class _Matter(Struct, frozen=True, kw_only=True):
    text: str
    tone: Tone
    action: str
    then: Callable[[], None] | None


class Notices(QObject):
    """Matters by a name each; a worse one is shown first, the newest of equals.

    They are those of a session: each of its windows says the same.
    """

    _changed = Signal()

    def __init__(self, banner: Banner) -> None:
        super().__init__(banner)
        self._matters: dict[str, _Matter] = {}
        self.show_in(banner)

    def show_in(self, banner: Banner) -> None:
        """Let the banner of a further window say it too."""
        banner.pressed.connect(self._press)
        banner.closed.connect(self._close)
        shown = _Shown(banner, self._say)
        self._changed.connect(shown.show)
        shown.show()

    def put(
        self,
        name: str,
        text: str,
        tone: Tone = Tone.WARN,
        *,
        action: str = "",
        then: Callable[[], None] | None = None,
    ) -> None:
        """Say something until it is dropped or closed."""
        self._matters.pop(name, None)
        self._matters[name] = _Matter(text=text, tone=tone, action=action, then=then)
        self._show()

    def drop(self, name: str) -> None:
        """Take a matter away that is solved."""
        if self._matters.pop(name, None) is not None:
            self._show()

    @property
    def shown(self) -> str:
        """The words on screen, '' for none."""
        name = self._first()
        return self._matters[name].text if name else ""

    def _first(self) -> str:
        return min(
            reversed(self._matters),
            key=lambda name: _RANK.index(self._matters[name].tone),
            default="",
        )

    def _show(self) -> None:
        self._changed.emit()

    def _say(self, banner: Banner) -> None:
        name = self._first()
        if name:
            one = self._matters[name]
            banner.show_news(one.text, tone=one.tone, action=one.action)
        else:
            banner.hide()

    def _press(self) -> None:
        one = self._matters.get(self._first())
        if one is not None and one.then is not None:
            one.then()

    def _close(self) -> None:
        self.drop(self._first())


class _Shown(QObject):
    """A banner that says it; it goes with its window."""

    def __init__(self, banner: Banner, say: Callable[[Banner], None]) -> None:
        super().__init__(banner)
        self._banner, self._say = banner, say

    def show(self) -> None:
        """Say what is most pressing now."""
        self._say(self._banner)
