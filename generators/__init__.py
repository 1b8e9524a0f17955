"""Level generators: files, splits and validation in the core, and one sub-package a family."""

if __name__ != "adaptarium.generators":
    # Two names would load every module twice: two registries, two sets of compiled kernels.
    raise ImportError(
        f"The folder 'generators' is the package 'adaptarium.generators', not {__name__!r}: "
        "install the project and use 'import adaptarium.generators'.",
        name=__name__,
    )
