"""Measures of adaptation: pure functions of a record of evaluations and learning blocks."""
