"""Writes resources/prices/prices.json from the price file in the installed litellm."""

from __future__ import annotations

import argparse
import importlib.metadata
import importlib.util
import json
import sys
from datetime import date
from decimal import Decimal
from pathlib import Path

import msgspec

from proofroom.providers import price_fields, prices_source

FILE = "model_prices_and_context_window_backup.json"
TARGET = Path(__file__).resolve().parents[1] / "resources" / "prices" / "prices.json"


def main() -> int:
    """Write the file and say what is in it; 1 if the day of the release is not known."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--date", type=date.fromisoformat, help="the day of litellm's release")
    given = parser.parse_args().date
    release = importlib.metadata.version("litellm")
    day = str(given) if given else _known_day(release)
    if not day:
        sys.stderr.write(f"litellm {release} is new here: add --date with the day it came out.\n")
        return 1
    entries = json.loads(_source().read_bytes(), parse_float=Decimal)
    entries.pop("sample_spec", None)
    models = price_fields.models(entries)
    packed = prices_source.packed(models, release=release, file=FILE, date=day)
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    # a line for each model, so that a change of prices can be read in a diff
    text = json.dumps(msgspec.to_builtins(packed), ensure_ascii=False, separators=(",", ":"))
    TARGET.write_text(text.replace("],[", "],\n[") + "\n", "utf-8")
    unpriced = sum(not model.prices for model in models)
    sys.stdout.write(
        f"{len(models)} models, {unpriced} without a price, {TARGET.stat().st_size} B\n"
    )
    return 0


def _source() -> Path:
    """Return litellm's price file; find_spec does not import a top-level package."""
    spec = importlib.util.find_spec("litellm")
    if spec is None or not spec.submodule_search_locations:
        raise SystemExit("litellm is not installed here")
    return Path(spec.submodule_search_locations[0]) / FILE


def _known_day(release: str) -> str:
    if not TARGET.exists():
        return ""
    present = json.loads(TARGET.read_bytes())
    return str(present["date"]) if present["release"] == release else ""


if __name__ == "__main__":
    sys.exit(main())
