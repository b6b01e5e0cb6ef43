"""The prompts of the list pane for Qt's view, with selection kept by key."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, Qt

from proofroom.domain import figures
from proofroom.ui.widgets import moments
from proofroom.workspace.prompts import PromptSummary

Index = QModelIndex | QPersistentModelIndex
PROMPT_ROLE = int(Qt.ItemDataRole.UserRole) + 1
_ROOT = QModelIndex()


class PromptsModel(QAbstractListModel):
    """Rows of PromptSummary, the latest changed first."""

    def __init__(self) -> None:
        super().__init__()
        self._prompts: list[PromptSummary] = []

    def rowCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self._prompts)

    def data(self, index: Index, role: int = int(Qt.ItemDataRole.DisplayRole)) -> object:
        if not index.isValid():
            return None
        prompt = self._prompts[index.row()]
        if role == PROMPT_ROLE:
            return prompt
        if role == Qt.ItemDataRole.DisplayRole:
            return prompt.name
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{prompt.name}, {side_of(prompt)}, {line_of(prompt)}"
        return None

    def show_prompts(self, found: Sequence[PromptSummary]) -> None:
        """Take another answer; rows with the same keys in the same order stay where they are."""
        new = list(found)
        if [one.key for one in new] == [one.key for one in self._prompts]:
            self._prompts = new
            if new:
                self.dataChanged.emit(self.index(0), self.index(len(new) - 1))
            return
        self.beginResetModel()
        self._prompts = new
        self.endResetModel()

    def prompt(self, row: int) -> PromptSummary:
        """Return the prompt of a row."""
        return self._prompts[row]

    def row_of(self, key: int) -> int:
        """Return the row of a prompt, -1 if it is not listed."""
        return next((n for n, one in enumerate(self._prompts) if one.key == key), -1)

    @property
    def keys(self) -> list[int]:
        """The keys in their order."""
        return [one.key for one in self._prompts]


def side_of(prompt: PromptSummary) -> str:
    """Return what stands at the right of a row: the last version, or that the draft is ahead."""
    return "draft" if prompt.edited or prompt.number is None else f"v{prompt.number}"


def line_of(prompt: PromptSummary) -> str:
    """Return the second line of a row: tags and when it was edited."""
    return figures.facts(prompt.tags, f"edited {moments.ago(prompt.changed_at)}")
