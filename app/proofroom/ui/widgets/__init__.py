"""What two pages share; no widget here knows the workspace, the engine or a page."""
