"""Closed forms as short as they are: named parts, sums over trees, products."""
