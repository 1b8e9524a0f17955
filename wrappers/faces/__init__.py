"""Interface shifts on each face: Gymnasium single and vector, PettingZoo parallel and AEC, text."""
