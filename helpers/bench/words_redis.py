"""What happened on Redis, in words, for a proof."""

from helpers.wire.events import Event


def words(event: Event, order: str) -> str | None:
    """`order`: its name ("order 7"). None for an event that is not Redis's own, or needs no words of its own."""
    pos, data, frame = event.pos or {}, event.data, event.frame
    if event.src != "tap" or not ("stream" in pos or "group" in data or "channels" in data or "patterns" in data):
        return None
    match event.kind:
        case "delivered" if data.get("group"):
            who = "a peer" if event.actor == "bench" else data.get("consumer")
            noack = " with NOACK: it is pending nowhere" if data.get("auto_ack") else ""
            return f"{order} given to {who}{noack} ({frame})"
        case "delivered" if data.get("auto_ack"):
            return f"{order} taken from {data.get('queue')}, where nothing is left of it ({frame})"
        case "delivered":
            return f"{order} seen ({frame})" if data.get("looked") else f"{order} moved to {data.get('moved_to')} ({frame})"
        case "redelivered" if "min_idle" in data:
            return f"{order} claimed for {data.get('consumer')} ({frame}, min-idle-time {data['min_idle']} ms)"
        case "redelivered":
            return f"{order} read again from what {data.get('consumer')} has pending ({frame})"
        case "trimmed":
            return f"{order or 'entries'} deleted from the stream ({data.get('command') or frame})"
        case "purged":
            return f"{data.get('queue')} deleted ({frame})"
        case "declared":
            return f"group {data.get('group')} created from {data.get('start')} ({frame})"
        case "method" if frame == "CONFIG REWRITE":
            return f"settings written to the configuration file ({frame})"
        case "method" if frame == "CONFIG SET":
            return f"{', '.join(f'{name} {value}' for name, value in data.get('settings', {}).items())} ({frame})"
        case "method" if frame in ("EXPIRE", "PEXPIRE"):
            return f"{data.get('stream')} told to be gone in {data.get('ms')} ms ({frame})"
        case "method" if frame == "XGROUP DELCONSUMER":
            return f"consumer {data.get('consumer')} deleted with {data.get('pending')} entries pending ({frame})"
        case "method" if frame == "XGROUP SETID":
            return f"group {data.get('group')} set to {data.get('start')} ({frame})"
        case "subscribed" if data.get("group"):
            noack = " with NOACK" if data.get("noack") else ""
            return f"{event.actor} reads as {data.get('consumer')} of group {data['group']}{noack} ({frame})"
        case "subscribed":
            return f"subscribed to {', '.join(data.get('channels') or data.get('patterns') or ())} ({frame})"
    return None
