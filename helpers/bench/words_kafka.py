"""What happened on Kafka, in words, for a proof."""

from helpers.wire.events import Event


def words(event: Event, order: str) -> str | None:
    """`order`: its name ("order 7"). None for an event that is not Kafka's own, or needs no words of its own."""
    pos, data, frame = event.pos or {}, event.data, event.frame
    place = f"{pos['partition']}/{pos['offset']}" if "partition" in pos and "offset" in pos else ""
    match event.kind:
        case "acknowledged" if "upto" in data:
            what = f"{order} covered by a commit" if order else "a commit"
            return f"{what} up to offset {data['upto']} of partition {pos.get('partition')} ({frame})"
        case "delivered" if place:
            return f"{order} fetched, partition {pos['partition']}, offset {pos['offset']}"
        case "confirmed" if place:
            return f"{order} stands in partition {pos['partition']} at offset {pos['offset']}"
        case "subscribed" if "member" in data:
            parts = ", ".join(str(p) for _, p in data.get("partitions") or ())
            given = f"partitions {parts}" if parts else "no partition"
            return f"joined group {data.get('group')}, given {given} (generation {data.get('generation')})"
        case "cancelled" if frame in ("LeaveGroup", "ConsumerGroupHeartbeat"):
            return f"left group {data.get('group')} ({frame})"
        case "method" if frame == "ListOffsets":
            ends = [f"{partition}: {offset}" for _, partition, time, offset in data.get("offsets", ()) if time == -1]
            return f"asked for the end of the partitions, to begin there ({', '.join(ends)})" if ends else None
        case "method" if frame == "EndTxn" and "commit" in data:
            what = "commit" if data["commit"] else "abort"
            return f"asked to {what} a transaction with {len(data.get('orders', ()))} records ({data.get('transactional_id')})"
        case "method" if frame == "InitProducerId" and data.get("transactional_id"):
            return f"began as transactional id {data['transactional_id']}, producer {data.get('pid')}, epoch {data.get('epoch')}"
        case "malformed":
            return f"{order} stands in the topic cut off: no JSON"
        case "published" if data.get("txn"):
            return f"{order} sent in a transaction, to {pos.get('topic')}, partition {pos.get('partition')}"
        case "published" if "acks" in data and order:
            return f"{order} sent to {pos.get('topic')}, partition {pos.get('partition')}"
        case "refused" if data.get("commit") is not None:
            return f"commit refused: {data.get('error')} ({frame})"
    return None
