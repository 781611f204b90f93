"""NumPy: source text, run in process."""
