"""The schema's history, one numbered step a file. Written once, never changed after a release."""
