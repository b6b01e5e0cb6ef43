"""Draws the models of Settings to pictures: light and dark, small, 200 %, and one model's sheet."""

from __future__ import annotations

import sys
import tempfile
from contextlib import closing
from pathlib import Path
from typing import cast

from PySide6.QtWidgets import QApplication
from tests.support.sessions import new_workspace
from tests.ui.shots_compare import settle, until
from tests.ui.support.stage import Stage

from proofroom import clock
from proofroom.domain.message import text_message
from proofroom.domain.version import Content
from proofroom.engine import catalogue
from proofroom.ui.compare.page import ComparePage
from proofroom.ui.prompts.page import PromptsPage
from proofroom.ui.settings.page import SettingsPage
from proofroom.ui.theme import Look, theme
from proofroom.workspace import database, models, prices, prompts, providers
from proofroom.workspace.providers import Offer


def fill(path: Path) -> None:
    """Give a workspace six providers, favourites, an own price and models that are gone."""
    with closing(database.connect(path)) as db:
        for name in ("openai", "anthropic", "gemini", "mistral", "groq", "openrouter"):
            catalogue.add(db, name)
        for name in (
            "openai/gpt-4o-mini",
            "anthropic/claude-haiku-4-5",
            "groq/openai/gpt-oss-20b",
        ):
            models.set_favourite(db, providers.model(db, name).key, favourite=True)
        key = providers.model(db, "openai/gpt-4o-mini").key
        prices.set_own(
            db, key, {"input": 120_000_000, "output": 480_000_000}, valid_from=clock.now()
        )
        known = [Offer(name=one.name) for one in providers.models(db, provider="groq")[2:]]
        models.take_list(db, "groq", known, at=clock.now())
        content = Content(
            messages=(text_message("user", "Answer {{ message }} in two sentences."),),
            model="groq/openai/gpt-oss-20b",
        )
        prompts.create(db, "refund-reply", content)


class ModelsStage(Stage):
    """Settings at its models."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, "settings", "models")
        self.page = cast("SettingsPage", self.window.widget("settings"))
        until(lambda: self.page.models.model.count() > 1)

    def shoot(self, out: Path, name: str, wide: int, high: int) -> None:
        self.window.resize(wide, high)
        settle()
        self.window.go("settings", "models")
        until(lambda: True)
        self.window.grab().save(str(out / f"{name}.png"))

    def asking(self, out: Path, look: str) -> None:
        """Draw a prompt and a comparison that ask for a model which is gone."""
        self.window.go("prompts")
        page = cast("PromptsPage", self.window.widget("prompts"))
        until(page.bench.inspector.settings.model_notice.isVisible)
        self.window.grab().save(str(out / f"models-prompt-{look}.png"))
        self.window.go("compare")
        compare = cast("ComparePage", self.window.widget("compare"))
        compare.ask_new()
        until(lambda: compare.sheet is not None and bool(compare.sheet.choices.models))
        self.window.grab().save(str(out / f"models-compare-{look}.png"))
        if compare.sheet is not None:
            compare.sheet.close_it()
        settle()


def pictures(out: Path, look: str, path: Path) -> None:
    """Draw all states in one look."""
    stage = ModelsStage(path)
    part = stage.page.models
    stage.shoot(out, f"models-{look}", 1280, 800)
    stage.shoot(out, f"models-small-{look}", 1024, 700)
    part.field.setText("mini 4o")
    part.table.selectRow(0)
    stage.shoot(out, f"models-found-{look}", 1280, 800)
    part.field.setText("nothing of that name")
    stage.shoot(out, f"models-nothing-{look}", 1280, 800)
    part.field.setText("openai/gpt-4o-mini")
    part.table.activated.emit(part.model.index(0, 0))
    until(lambda: part.sheet is not None and part.sheet.own.remove_button.isVisible())
    stage.window.grab().save(str(out / f"models-sheet-{look}.png"))
    if part.sheet is not None:
        part.sheet.close_it()
    settle()
    part.field.setText("groq gpt-oss-20b")
    part.table.activated.emit(part.model.index(0, 0))
    until(lambda: part.sheet is not None and part.sheet.banner.isVisible())
    stage.window.grab().save(str(out / f"models-gone-{look}.png"))
    if part.sheet is not None:
        part.sheet.close_it()
    settle()
    part.show_all()
    stage.asking(out, look)
    stage.window.go("settings", "models")
    theme().set_zoom(200)
    stage.shoot(out, f"models-200-{look}", 1280, 800)
    theme().set_zoom(100)
    stage.close()


def main(out: Path) -> None:
    """Draw light and dark into a folder."""
    out.mkdir(parents=True, exist_ok=True)
    app = QApplication([])
    theme().set_bundled_fonts(True)
    with tempfile.TemporaryDirectory() as folder:
        path = new_workspace(Path(folder) / "acme-support.proofspace")
        fill(path)
        for look in (Look.LIGHT, Look.DARK):
            theme().set_look(look)
            pictures(out, look.value, path)
    del app


if __name__ == "__main__":
    main(Path(sys.argv[1]))
