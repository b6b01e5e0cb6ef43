"""Where toasts stand: at the bottom right of a page, at most three, the newest lowest."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QWidget

from proofroom.ui.theme import Space, px
from proofroom.ui.widgets.news import Toast, Tone

MOST = 3


class Toasts(QObject):
    """The toasts over one widget."""

    def __init__(self, over: QWidget) -> None:
        super().__init__(over)
        self._over = over
        self._shown: list[Toast] = []
        over.installEventFilter(self)

    def show(
        self, text: str, action: str = "", then: Callable[[], object] | None = None, *,
        tone: Tone = Tone.OK,
    ) -> Toast:  # fmt: skip
        """Show one and read it aloud; `then` is called if its action is pressed."""
        # its types have 150 names, which the first paint of the window need not wait for
        from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent  # noqa: PLC0415

        toast = Toast(text, action, tone=tone)
        toast.setParent(self._over)
        if then is not None:
            toast.pressed.connect(then)
        toast.gone.connect(lambda: self._drop(toast))
        self._shown.append(toast)
        if len(self._shown) > MOST:
            self._shown[0].end()
        toast.show()
        self._place()
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self._over, text))
        return toast

    @property
    def shown(self) -> list[Toast]:
        """Those on screen, oldest first."""
        return list(self._shown)

    def _drop(self, toast: Toast) -> None:
        self._shown.remove(toast)
        self._place()

    def _place(self) -> None:
        y = self._over.height() - px(Space.L)
        for toast in reversed(self._shown):
            size = toast.sizeHint()
            wide = min(size.width(), self._over.width() - 2 * px(Space.L))
            y -= size.height()
            x = self._over.width() - wide - px(Space.L)
            toast.setGeometry(x, y, wide, size.height())
            toast.raise_()
            y -= px(Space.S)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.Resize, QEvent.Type.LayoutRequest):
            self._place()
        elif event.type() == QEvent.Type.ChildAdded:
            for toast in self._shown:
                toast.raise_()
        return super().eventFilter(watched, event)
