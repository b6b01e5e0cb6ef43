"""A month of spending like the one people look at: four models, three prompts, some waste."""

from __future__ import annotations

import sqlite3
from random import Random

from tests.support.spending import DOLLAR, spent
from tests.workspace.making import prompt

from proofroom.domain import period
from proofroom.domain.provider import Provider
from proofroom.workspace import database, providers, versions

_MODELS = (
    *(("openai", "gpt-4o-mini"), ("anthropic", "claude-haiku-4.5")),
    *(("gemini", "gemini-2.5-flash"), ("mistral", "mistral-small"), ("groq", "llama-3.3")),
)
_PROMPTS = ("refund-reply", "ticket-triage", "release-notes")


def fill(db: sqlite3.Connection, last: int, days: int = 28) -> None:
    """Write the runs of some local days up to `last` (days since 1970), the same each time."""
    random, keys = Random(4), list[int]()  # noqa: S311 - sample data
    for provider, name in _MODELS:
        if not any(one.name == provider for one in providers.listed(db)):
            providers.put(
                db, Provider(name=provider, adapter="direct", url="http://127.0.0.1:9/v1")
            )
        with database.writing(db):
            key = providers.by_name(db, provider).key
            keys.append(providers.ensure_model(db, key, name, listed=True))
    made = [prompt(db, name, f"Do {name}.") for name in _PROMPTS]
    saved = [versions.save(db, key).key for key in made]
    for number in range(days):
        day = period.date_of(last - days + 1 + number)
        high = 0.4 if day.weekday() >= 5 else 1.0
        for which, key in enumerate(keys):
            one = random.randrange(3)
            cost = round(DOLLAR * high * (0.5 - 0.1 * which) * random.uniform(0.7, 1.2))
            status = random.choice(["ok"] * 8 + ["failed", "cancelled"])
            spent(
                db, None if which == 4 and number % 9 == 0 else cost, f"{day}T1{which}:20",
                asked=f"{day} {which}" if number % 5 else f"again {which}", model_key=key,
                prompt_key=made[one], version_key=saved[one], status=status,
                retry_nano_usd=cost // 12 if number % 4 == 0 else 0,
                tokens={"input": 20_000, "cache_read": 9_000, "output": 4_000, "reasoning": 1_500},
            )  # fmt: skip
