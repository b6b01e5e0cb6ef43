"""The Settings page, a module for each of its sections; nothing here that two pages share."""
