"""Sends a task for each order on standard input, as a web shop's checkout would."""

import json
import sys

from tasks import pay

for line in sys.stdin:
    pay.delay(json.loads(line))
