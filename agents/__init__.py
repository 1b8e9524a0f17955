"""Agents that act in the worlds: scripted players, planners and learners."""

if __name__ != "adaptarium.agents":
    # Two names would load every module twice: two registries, two sets of compiled kernels.
    raise ImportError(
        f"The folder 'agents' is the package 'adaptarium.agents', not {__name__!r}: "
        "install the project and use 'import adaptarium.agents'.",
        name=__name__,
    )
