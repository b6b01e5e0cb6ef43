"""The Compare page: columns are versions x models, rows are inputs; no SQL, no engine inside."""
