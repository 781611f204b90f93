"""``python -m symqb.certify FILE ...``"""

import sys

from symqb.certify.checker import main

sys.exit(main(sys.argv[1:]))
