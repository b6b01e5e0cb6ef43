"""Structs and pure functions: no Qt, no SQL, no network, no clock and no files in here."""
