"""The core: kernels, draws, families, worlds, batches and the faces over them."""
