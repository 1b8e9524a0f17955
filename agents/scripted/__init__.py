"""Players that need no training."""
