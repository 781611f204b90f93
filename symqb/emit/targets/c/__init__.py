"""C: source text, compiled in process."""
