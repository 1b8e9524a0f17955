"""Level files, production and validation, common to all families."""
