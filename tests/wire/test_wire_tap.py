"""The relay: what is forwarded, what a fault cuts off, and that the program never notices the tap."""

import asyncio
import functools
import io
import socket

import pytest
from wire_relay import Lines, bench, until

from helpers.wire import chunks
from helpers.wire.events import Journal
from helpers.wire.tap import DROP, After, Before, Tap


def looped(test):
    """Run an async test on a loop of its own; an exception that the loop only logs fails it."""
    @functools.wraps(test)
    def run(**fixtures):
        async def main():
            failures = []
            asyncio.get_running_loop().set_exception_handler(lambda _, context: failures.append(context))
            await asyncio.wait_for(test(**fixtures), 60)
            assert failures == []
        asyncio.run(main())
    return run


@looped
async def test_bytes_pass_in_both_directions():
    async with bench() as b:
        client, broker = await b.connect()
        client.send(b"one\ntw")
        broker.send(b"hello\n")
        await until(lambda: broker.got == b"one\n" and client.got == b"hello\n")
        client.send(b"o\n")
        await until(lambda: broker.got == b"one\ntwo\n")
        assert b.lines() == ["one", "hello", "two"]
        assert b.tap.counters == {"connections": 1, "units": 3, "bytes": 14, "undecoded": 0} and b.tap.incomplete == []


@looped
async def test_the_hook_sees_a_unit_before_it_is_forwarded():
    forwarded = []
    async with bench(hook=lambda event: forwarded.append(bytes(b.brokers[0].got)) if event.kind == "published" else None) as b:
        client, broker = await b.connect()
        for line in (b"one\n", b"two\n"):
            expected = bytes(broker.got) + line
            client.send(line)
            await until(lambda: broker.got == expected)
        assert forwarded == [b"", b"one\n"]


@looped
async def test_drop_swallows_one_unit_and_may_answer_its_sender():
    async with bench(hook=lambda event: DROP if "two" in event.data.get("line", "") else None) as b:
        client, broker = await b.connect()
        client.send(b"one\ntwo\ntwo answer\nthree\n")
        await until(lambda: broker.got == b"one\nthree\n" and client.got == b"refused\n")
        assert b.tap.swallowed == {event.seq for event in b.journal.events if "two" in event.data["line"]}


@pytest.mark.parametrize(("action", "arrives"), [(Before, b"one\n"), (After, b"one\ntwo\n")])
def test_sever_delivers_what_was_relayed_before_and_nothing_else(action, arrives):
    @looped
    async def test():
        async with bench(hook=lambda event: action(b.tap.sever) if event.data.get("line") == "two" else None) as b:
            client, broker = await b.connect()
            other, second = await b.connect()
            broker.send(b"never read\n" * 1000)
            client.send(b"one\ntwo\nthree\n")
            await until(lambda: broker.end and client.end and other.end and second.end)
            assert (bytes(broker.got), broker.end) == (arrives, "fin")
            assert [line for line in b.lines() if line != "never read"] == ["one", "two"] and b.closed() == []
            client, broker = await b.connect()
            client.send(b"again\n")
            await until(lambda: broker.got == b"again\n")
    test()


@looped
async def test_a_large_backlog_still_reaches_the_broker_after_a_sever():
    async with bench() as b:
        client, broker = await b.connect()
        broker.transport.pause_reading()
        client.send(b"x" * 999 + b"\n")
        for _ in range(20):
            client.send((b"y" * 9999 + b"\n") * 10)
        await until(lambda: b.tap.counters["units"] >= 201)
        b.tap.sever()
        broker.transport.resume_reading()
        await until(lambda: broker.end == "fin")
        assert len(broker.got) == 1000 + 200 * 10_000


@looped
async def test_reset_cuts_both_sides_and_is_told():
    async with bench(hook=lambda event: Before(b.tap.reset) if event.data.get("line") == "two" else None) as b:
        client, broker = await b.connect()
        client.send(b"one\ntwo\nthree\n")
        await until(lambda: broker.end and client.end)
        assert (broker.end, client.end, bytes(broker.got)) == ("ConnectionResetError", "ConnectionResetError", b"one\n")
        assert b.closed() == [("tap", "reset by the tap")]
        b.tap.reset()  # nothing left to reset
        assert b.closed() == [("tap", "reset by the tap")]


@looped
async def test_a_pause_holds_everything_and_a_resume_lets_it_go():
    def hook(event):
        return After(b.tap.pause) if event.data.get("line") == "two" else None

    async with bench(hook=hook) as b, bench() as free:
        client, broker = await b.connect()
        client.send(b"one\ntwo\nthree\n")
        await until(lambda: broker.got == b"one\ntwo\n")
        client.send(b"four\n")
        broker.send(b"hello\n")
        late = await b.client()
        late.send(b"late\n")
        through, arrived = await free.connect()  # a whole round trip beside it: time enough for anything to leak
        through.send(b"barrier\n")
        await until(lambda: arrived.got == b"barrier\n")
        assert (bytes(broker.got), bytes(client.got), len(b.brokers)) == (b"one\ntwo\n", b"", 1)
        assert client.end is None and broker.end is None and late.end is None
        b.tap.resume()
        await until(lambda: broker.got == b"one\ntwo\nthree\nfour\n" and client.got == b"hello\n")
        await until(lambda: len(b.brokers) == 2 and b.brokers[1].got == b"late\n")


@looped
async def test_a_sever_while_paused():
    async with bench() as b:
        client, broker = await b.connect()
        client.send(b"one\n")
        await until(lambda: broker.got == b"one\n")
        b.tap.pause()
        client.send(b"two\n")
        b.tap.sever()
        await until(lambda: client.end and broker.end == "fin")
        b.tap.resume()
        assert broker.got == b"one\n" and b.lines() == ["one"]


@looped
async def test_no_broker_ends_the_connection_at_once_and_later_ones_are_tried():
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        address = reserved.getsockname()
    async with bench(upstream=address) as b:
        client = await b.client()
        client.send(b"hello?\n")
        await until(lambda: client.end)
        assert [by for by, _ in b.closed()] == ["network"] and not b.tap.links
        server = await asyncio.get_running_loop().create_server(b.accept, *address)
        client, broker = await b.connect()
        client.send(b"hello!\n")
        await until(lambda: broker.got == b"hello!\n")
        server.close()


@looped
async def test_who_dropped_the_connection_is_told():
    async with bench() as b:
        client, broker = await b.connect()
        client.send(b"half a li")
        client.transport.close()
        await until(lambda: broker.end)
        assert (bytes(broker.got), broker.end) == (b"half a li", "fin")
        client, broker = await b.connect()
        broker.send(b"half")
        broker.transport.close()
        await until(lambda: client.end)
        assert client.got == b"half"
        assert b.closed() == [("client", "connection dropped"), ("broker", "connection dropped")]
        assert all(event.data["client_silent_s"] >= 0 for event in b.journal.events if event.kind == "closed")


@looped
async def test_what_cannot_be_decoded_is_relayed_all_the_same():
    async with bench() as b:
        client, broker = await b.connect()
        broker.send(b"half")
        client.send(b"one\nboom\ntwo\n")
        await until(lambda: broker.got == b"one\nboom\ntwo\n" and client.got == b"half")
        client.send(b"three\n")
        broker.send(b" and whole\n")
        await until(lambda: broker.got.endswith(b"three\n") and client.got == b"half and whole\n")
        assert b.lines() == ["one"] and b.tap.counters["undecoded"] == 1
        assert b.tap.incomplete == ["consumer, connection 1: boom"]


@looped
async def test_a_failure_of_the_bench_is_not_the_programs():
    def hook(event):
        if event.data.get("line") == "two":
            return After(lambda: 1 / 0)
        raise KeyError("a mistake in the bench")

    async with bench(hook=hook) as b:
        client, broker = await b.connect()
        client.send(b"one\ntwo\nthree\n")
        await until(lambda: broker.got == b"one\ntwo\nthree\n")
        assert len(b.tap.incomplete) == 2


@looped
async def test_a_slow_broker_slows_the_program_down():
    """20 MB are sent; while the broker reads nothing, the tap takes only what buffers hold."""
    async with bench() as b:
        client, broker = await b.connect()
        broker.transport.pause_reading()
        line = b"z" * 65535 + b"\n"
        client.send(line * 320)
        await until(lambda: not any(side.is_reading() for link in b.tap.links for side in link._sides[:1]))
        taken = b.tap.counters["bytes"]
        assert taken < 16_000_000 and client.transport.get_write_buffer_size() > 0
        broker.transport.resume_reading()
        await until(lambda: len(broker.got) == 320 * 65536)
        assert bytes(broker.got) == line * 320


@looped
async def test_close_ends_everything_and_may_be_called_again():
    async with bench() as b:
        client, broker = await b.connect()
        await b.tap.close()
        await b.tap.close()
        await until(lambda: client.end and broker.end)
        assert not b.tap.links and b.closed() == []
        with pytest.raises(OSError):
            await b.client()


@looped
async def test_close_before_start_and_while_paused():
    tap = Tap(actor="a", upstream=("127.0.0.1", 1), journal=Journal(), decoder=Lines)
    await tap.close()
    async with bench() as b:
        b.tap.pause()
        client = await b.client()
        await until(lambda: b.tap.links)
        await b.tap.close()
        await until(lambda: client.end)


@looped
async def test_a_recorded_run_is_replayed_with_its_faults():
    def hook(event):
        line = event.data.get("line")
        return DROP if line == "two" else Before(b.tap.sever) if line == "four" else None

    file = io.BytesIO()
    async with bench(hook=hook, chunks=file) as b:
        client, broker = await b.connect()
        client.send(b"one\ntwo\nthree\nfour\nfive\n")
        await until(lambda: client.end and broker.end)
        client, broker = await b.connect()
        client.send(b"six\n")
        await until(lambda: broker.got == b"six\n")
        broker.transport.close()
        await until(lambda: client.end)
        file.seek(0)
        again = [(e.kind, e.pos, e.data.get("line"), e.data.get("by")) for e in chunks.replay(file, Lines)]
        assert again == [(e.kind, e.pos, e.data.get("line"), e.data.get("by")) for e in b.journal.events]
        assert b.lines() == ["one", "two", "three", "four", "six"]


@pytest.mark.parametrize("turns", range(8))
@looped
async def test_closing_does_not_wait_for_a_program_that_connects_at_that_moment(turns):
    """At every turn of the loop between the kernel's acceptance and the connection to the broker."""
    async with bench() as b:
        with socket.socket() as program:
            program.setblocking(False)
            program.connect_ex(("127.0.0.1", b.tap.port))
            for _ in range(turns):
                await asyncio.sleep(0)
            await b.tap.close()
            assert not b.tap.links
