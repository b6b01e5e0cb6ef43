"""The Prompts page: its parts draw and say what was asked; the controllers ask the workspace."""
