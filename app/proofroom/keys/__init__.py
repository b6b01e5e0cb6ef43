"""API keys, for the faces alone; no engine code, no provider code and no SQL may be in it."""
