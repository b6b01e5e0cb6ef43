"""Foreign formats in and out; imports neither the engine nor providers."""
