"""Where an answer comes from, in words and widgets: the panels of Compare and of Runs share it."""
