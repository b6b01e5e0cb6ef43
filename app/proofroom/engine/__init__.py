"""Comparisons and runs, in the engine's process or under the command line; never the keychain."""
