"""The command line; it never imports the window."""
