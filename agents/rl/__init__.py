"""Learners: one adaptor from the native batch to Stable-Baselines3, runs and their checkpoints."""
