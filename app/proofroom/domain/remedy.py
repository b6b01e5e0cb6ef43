"""Where the cause of a failure is put right: as the window says it, and as a terminal does.

A failure is kept in the window's words; what prints it in a terminal says the command instead.
"""

from __future__ import annotations

API_KEYS = "in Settings, API keys"
PROVIDERS = "in Settings, Providers"
FORBIDDEN = "in its line of Settings, Providers"
PRIVACY = "in Settings, Privacy"
RUNNING = "in Settings, Running"
BUDGETS = "on the Cost page, Budgets"
_COMMANDS = {
    API_KEYS: "with `proofroom keys set {provider}`",
    PROVIDERS: "with `proofroom providers add {provider} --url ADDRESS`",
    FORBIDDEN: "with `proofroom providers allow {provider}`",
    PRIVACY: "with `proofroom workspace local-only off`",
    BUDGETS: "with `proofroom cost budget set`",
    RUNNING: "with `ca_file` in Proofroom's config.toml",
}


def in_terminal(words: str, provider: str) -> str:
    """Return what is said of a failure of `provider` with commands for places of the window."""
    for place, command in _COMMANDS.items():
        words = words.replace(place, command.replace("{provider}", provider))
    return words
