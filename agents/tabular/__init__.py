"""Learners that keep a table of states: for small worlds, where they reach the optimum.

What a state is stands in their hyper-parameter ``states``: ``"observation"`` is what the agent is
shown, so that the table is a policy like any other; ``"state"`` is the world's true state and level
by its hash, hidden parts included, which is a privilege, and says so in the run's plan.
"""
