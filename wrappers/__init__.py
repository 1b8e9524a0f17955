"""Distribution shift: what changes, when, and wrappers that change it in any environment."""

if __name__ != "adaptarium.wrappers":
    # Two names would load every module twice: two registries, two sets of compiled kernels.
    raise ImportError(
        f"The folder 'wrappers' is the package 'adaptarium.wrappers', not {__name__!r}: "
        "install the project and use 'import adaptarium.wrappers'.",
        name=__name__,
    )
