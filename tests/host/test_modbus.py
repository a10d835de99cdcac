"""Second opinions on Modbus: pymodbus reads our requests and answers them; and properties."""

import asyncio
import threading
import time
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pymodbus.framer import FramerRTU, FramerSocket
from pymodbus.pdu import DecodePDU
from pymodbus.pdu.bit_message import ReadDiscreteInputsResponse
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

from agent.drivers.modbus_floats import float_to_int
from agent.errors import AgentError, Refused
from agent.linux.line import TcpLine
from agent.protocols import modbus, modbus_tcp
from simulators.free_port import free_port

units = st.integers(1, 247)
functions = st.sampled_from([3, 4])


@given(units, functions, st.integers(0, 0xFF00), st.integers(1, 125), st.integers(0, 0xFFFF))
def test_pymodbus_reads_our_requests(
    unit: int, function: int, at: int, count: int, transaction: int
) -> None:
    pdu = modbus.read_request(function, at, count)
    for framer, data in (
        (FramerRTU(DecodePDU(True)), modbus.rtu_frame(unit, pdu)),
        (FramerSocket(DecodePDU(True)), modbus_tcp.tcp_frame(transaction, unit, pdu)),
    ):
        used, request = framer.handleFrame(data, 0, 0)
        assert used == len(data) and request is not None
        assert (request.dev_id, request.function_code) == (unit, function)
        assert (request.address, request.count) == (at, count)


@given(units, st.lists(st.booleans(), min_size=1, max_size=2000))
@settings(max_examples=60)
def test_bits_are_those_that_pymodbus_sends(unit: int, inputs: list[bool]) -> None:
    """A read of discrete inputs, answered by pymodbus's own encoder."""
    pdu = modbus.read_request(modbus.READ_DISCRETE, 0, len(inputs))
    packed = ReadDiscreteInputsResponse(bits=inputs).encode()
    reply = modbus.rtu_frame(unit, bytes((modbus.READ_DISCRETE,)) + packed)
    answer = modbus.RtuReceiver(unit, pdu).feed(reply)
    assert answer is not None
    assert modbus.bits(answer, len(inputs)) == [int(on) for on in inputs]


@given(units, functions, st.binary(max_size=80), st.data())
@settings(max_examples=300)
def test_no_foreign_reply_ever_passes(
    unit: int, function: int, noise: bytes, data: st.DataObject
) -> None:
    """Every intact reply for another unit, function or length is discarded."""
    count = data.draw(st.integers(1, 8))
    request = modbus.read_request(function, 0, count)
    other_unit = data.draw(units)
    other_function = data.draw(functions)
    other_count = data.draw(st.integers(1, 8))
    if (other_unit, other_function, other_count) == (unit, function, count):
        other_unit = other_unit % 247 + 1
    words = data.draw(st.binary(min_size=2 * other_count, max_size=2 * other_count))
    foreign = modbus.rtu_frame(other_unit, bytes((other_function, len(words))) + words)
    receiver = modbus.RtuReceiver(unit, request)
    assert receiver.feed(foreign) is None
    assert isinstance(receiver.verdict(), AgentError)


@given(st.binary(max_size=300))
@settings(max_examples=300)
def test_random_bytes_give_typed_errors_only(data: bytes) -> None:
    request = modbus.read_request(3, 0, 2)
    for receiver in (modbus.RtuReceiver(1, request), modbus_tcp.TcpReceiver(1, 1, request)):
        try:
            receiver.feed(data)
        except Refused:
            continue
        assert isinstance(receiver.verdict(), AgentError)


@given(st.floats(width=32, allow_nan=False, allow_infinity=False, min_value=-1e9, max_value=1e9),
       st.integers(-3, 2))  # fmt: skip
def test_float32_without_floats(value: float, exponent: int) -> None:
    import struct
    from decimal import ROUND_HALF_UP, Decimal

    bits = int.from_bytes(struct.pack(">f", value), "big")
    exact = Decimal(value).scaleb(-exponent).to_integral_value(ROUND_HALF_UP)
    assert float_to_int(bits, exponent) == int(exact)


@pytest.fixture()
def tcp_server() -> Iterator[int]:
    loop = asyncio.new_event_loop()
    port = free_port()

    async def serve() -> ModbusTcpServer:
        device = SimDevice(9, [SimData(0x100, values=[754, 0, 215], datatype=DataType.REGISTERS)])
        server = ModbusTcpServer(device, address=("127.0.0.1", port))
        await server.serve_forever(background=True)
        return server

    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    server = asyncio.run_coroutine_threadsafe(serve(), loop).result(60)
    yield port
    asyncio.run_coroutine_threadsafe(server.shutdown(), loop).result(60)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(60)
    loop.close()


def exchange(line: TcpLine, transaction: int, unit: int, pdu: bytes) -> bytes:
    receiver = modbus_tcp.TcpReceiver(transaction, unit, pdu)
    line.write(modbus_tcp.tcp_frame(transaction, unit, pdu))
    end = time.monotonic() + 60
    while time.monotonic() < end:
        reply = receiver.feed(line.read())
        if reply is not None:
            return bytes(reply)
        time.sleep(0.005)
    raise receiver.verdict()


def test_a_pymodbus_server_answers_us(tcp_server: int) -> None:
    line = TcpLine(f"tcp://127.0.0.1:{tcp_server}")
    line.open("9600 8N1")
    reply = exchange(line, 7, 9, modbus.read_request(3, 0x100, 3))
    assert modbus.registers(reply) == [754, 0, 215]
    with pytest.raises(Refused) as refused:
        exchange(line, 8, 9, modbus.read_request(3, 0x900, 1))
    assert refused.value.code == 2
    line.close()
