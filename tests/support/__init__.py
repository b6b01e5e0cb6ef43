"""Servers and helpers that tests share; nothing here may import the product."""
