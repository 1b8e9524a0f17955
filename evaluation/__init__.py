"""Evaluation of agents: protocols, scores, statistics and reports."""

if __name__ != "adaptarium.evaluation":
    # Two names would load every module twice: two registries, two sets of compiled kernels.
    raise ImportError(
        f"The folder 'evaluation' is the package 'adaptarium.evaluation', not {__name__!r}: "
        "install the project and use 'import adaptarium.evaluation'.",
        name=__name__,
    )
