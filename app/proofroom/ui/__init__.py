"""The window: pages, their models and controllers; no SQL, no provider, nothing heavy at import."""
