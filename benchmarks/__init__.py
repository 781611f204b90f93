"""Measurements; see README.md.  One thread for the linear algebra, before NumPy is loaded."""

import os

for _name in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")
