"""Proofroom: prompts kept in versions, compared, evaluated and understood on one laptop."""

__version__ = "0.1.0"
