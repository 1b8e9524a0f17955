"""Data files that ship with the package: frozen suites, tables, sprites and fonts."""

if __name__ != "adaptarium.assets":
    # Two names would load every module twice: two registries, two sets of compiled kernels.
    raise ImportError(
        f"The folder 'assets' is the package 'adaptarium.assets', not {__name__!r}: "
        "install the project and use 'import adaptarium.assets'.",
        name=__name__,
    )
