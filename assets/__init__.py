"""Reserved for data files that ship with the package; it holds none yet."""

if __name__ != "adaptarium.assets":
    # Two names would load every module twice: two registries, two sets of compiled kernels.
    raise ImportError(
        f"The folder 'assets' is the package 'adaptarium.assets', not {__name__!r}: "
        "install the project and use 'import adaptarium.assets'.",
        name=__name__,
    )
