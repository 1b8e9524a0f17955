"""Environments: the core (kernels, batches, faces) and one sub-package a family of worlds."""

if __name__ != "adaptarium.envs":
    # Two names would load every module twice: two registries, two sets of compiled kernels.
    raise ImportError(
        f"The folder 'envs' is the package 'adaptarium.envs', not {__name__!r}: "
        "install the project and use 'import adaptarium.envs'.",
        name=__name__,
    )
