# fail no-commit
# Without a group id there is nobody for whom an offset could be committed; each start begins anew.
import json
import os

from kafka import KafkaConsumer
from shop import charge

consumer = KafkaConsumer(os.environ["TOPIC"], bootstrap_servers=os.environ["KAFKA_BOOTSTRAP"], auto_offset_reset="earliest")
for record in consumer:
    charge(json.loads(record.value))
