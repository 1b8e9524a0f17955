"""Sokoban: its level files, and a solver that is fast because it searches pushes, not steps."""
