"""numba: source text, compiled in process."""
