"""A Celery application. It knows nothing of the workbook: a broker's URL, and the address of a service that takes payments."""

import json
import os
from urllib.error import URLError
from urllib.request import Request, urlopen

from celery import Celery

app = Celery("tasks", broker=os.environ["CELERY_BROKER_URL"])
app.conf.task_acks_late = os.environ.get("ACKS_LATE") == "yes"
app.conf.task_reject_on_worker_lost = os.environ.get("REJECT_ON_WORKER_LOST") == "yes"
# A retry is a new message; the old one is acknowledged once this one is confirmed.
app.conf.broker_transport_options = {"confirm_publish": True}


@app.task(autoretry_for=(URLError,), default_retry_delay=1, max_retries=5)
def pay(order):
    body = json.dumps({"order_id": order["order_id"], "amount": order["amount"]}).encode()
    urlopen(Request(os.environ["PAYMENT_API"], body, {"Content-Type": "application/json"}), timeout=30)
