# fail swallow-and-commit
# One more attempt, at once, then on to the next: a shop that is away for a moment takes an order along.
import json
import os

from kafka import KafkaConsumer
from shop import Refused, Unavailable, charge

consumer = KafkaConsumer(
    os.environ["TOPIC"],
    bootstrap_servers=os.environ["KAFKA_BOOTSTRAP"],
    group_id=os.environ["GROUP"],
    auto_offset_reset="earliest",
    enable_auto_commit=False,
)

for record in consumer:
    for attempt in range(2):
        try:
            charge(json.loads(record.value))
            break
        except (Unavailable, Refused) as error:
            print("attempt", attempt, error)
    consumer.commit()
