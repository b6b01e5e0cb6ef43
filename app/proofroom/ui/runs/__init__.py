"""The Runs page: every run there is, found by a query, with where it comes from beside it."""
