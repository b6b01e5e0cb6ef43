"""Measures what the README's table states; run by packaging/bench, never by pytest."""
