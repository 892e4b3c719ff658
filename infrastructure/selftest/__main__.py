"""The process that the trials run in: an order as JSON on standard input, what became of it on standard output."""

import os
import sys

sys.path[0] = os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))

from infrastructure.selftest.order import serve  # noqa: E402  # our own code first, wherever this is started

serve()
