"""The SQLite store: every line of SQL is in here, and nothing that asks a provider."""
