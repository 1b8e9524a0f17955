"""Continual streams: tasks learnt one after the other, all of them evaluated again and again."""
