"""What the palette and the menus reach of a comparison besides the keys of its grid."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from proofroom.ui.actions import COMPARE, Actions, ActionSpec
from proofroom.ui.compare.model import FILTERS

if TYPE_CHECKING:
    from proofroom.ui.compare.comparison_view import ComparisonView


def register(view: ComparisonView, actions: Actions, owner: QWidget) -> None:
    """Add the actions; those of a column are about the one with the ring."""
    acts, changing = view.acts, view.changing
    for id_, text, icon, menu, callback in (
        ("compare-export", "Export comparison…", "download", "File", view.export_if_any),
        ("compare-add-columns", "Add columns…", "plus", "Edit", changing.add_columns),
        ("compare-add-inputs", "Add inputs…", "plus", "Edit", changing.add_inputs),
        ("compare-remove-column", "Remove this column", "x", "Edit",
         partial(_here, view, changing.remove_column)),
        ("compare-bring-back", "Bring removed columns back", "undo-2", "Edit",
         changing.bring_all_back),
        ("compare-run-column", "Run this column again", "rotate-cw", "Run",
         partial(_here, view, changing.run_column)),
        ("pick-note", "Pick with a note…", "trophy", "", acts.ask_pick),
        ("pick-all", "Pick this column for all rows…", "trophy", "",
         partial(_here, view, acts.ask_pick_all)),
        *(
            (f"compare-show-{name}", f"Show rows: {words.lower()}", "list-filter", "View",
             partial(view.choose_filter, name))
            for name, words in FILTERS
        ),
    ):  # fmt: skip
        spec = ActionSpec(id=id_, text=text, group=COMPARE, icon=icon, menu=menu)
        actions.add(spec, callback, owner=owner)


def _here(view: ComparisonView, act: Callable[[int], None]) -> None:
    """Do something with the column that has the ring."""
    index = view.grid.current()
    if index.isValid() and view.isVisible() and not view.session.read_only:
        act(view.model.columns[index.column()].key)
