"""The compiled parts of the Sokoban solver."""
