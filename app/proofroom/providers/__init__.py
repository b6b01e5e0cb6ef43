"""How providers are asked; no Qt, no SQL and no API keys at rest in here."""
