"""The theorems: for each its statement, and the search that finds its certificate."""
