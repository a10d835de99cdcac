"""One pole's MQTT session, without I/O: bytes in, events and bytes out, time as an argument.

Source: OASIS Standard "MQTT Version 3.1.1", sections 3 and 4. The server keeps the session, so
downlinks wait there for the pole. The pole keeps none: after a lost connection the frames that
were out are offered again from the journal, as new publications. Section 4.4 asks a client to
repeat them under their old packet ids; the effect is the same, at least once.
"""

from agent.errors import BadFrame, NoReply, Refused
from agent.protocols import carriage, mqtt
from agent.reading import LANES

# What happened, as (event, detail).
CONNECTED = 1  # detail: whether the server still had our session
PUBLISHED = 2  # detail: the token of a frame that the server has
MESSAGE = 3  # detail: the bytes of one downlink

CONNECT_PATIENCE = 30000  # ms for the answer to a CONNECT: two round trips of a slow radio

# Packet ids that are not for frames.
_SUBSCRIBE, _STATE, _FIRST = 1, 2, 3


class Session:
    """Call ``open`` when a connection stands, ``receive`` with what comes, ``tick`` with the time,
    and send what ``outbox`` holds, packet by packet. Any AgentError ends the connection.

    ``oversize`` counts downlinks that were too long to take: they are acknowledged, since the
    server would repeat them for ever, and dropped.
    """

    def __init__(self, device, user, password, keep_alive, window):
        self.device = device
        self.keep_alive = keep_alive
        self.window = window
        self.oversize = 0
        self.outbox = []
        self.up = False
        self._down = carriage.down_topic(device).encode()
        self._state = carriage.state_topic(device)
        self._topics = [carriage.up_topic(device, lane) for lane in LANES]
        self._greeting = mqtt.connect(
            device, (keep_alive + 999) // 1000, self._state, carriage.OFFLINE, user, password
        )
        self._decoder = mqtt.Decoder(carriage.MAX_DOWNLINK + len(self._down) + 4)
        self._next_id = _FIRST
        self._out = {}
        self._opened = self._heard = self._sent = self._pinged = 0

    def open(self, now):
        """A connection stands: greet the server."""
        self.lose()
        self.outbox.append(self._greeting)
        self._opened = self._heard = self._sent = self._pinged = now

    def lose(self):
        """The connection is gone, and with it all that was out."""
        self.up = False
        self._out = {}
        self.outbox = []
        self._decoder.reset()

    def room(self) -> int:
        """How many frames may be offered now."""
        return max(0, self.window - len(self._out)) if self.up else 0

    def offer(self, lane, frame, token, now):
        """Publish one frame. ValueError beyond the room, or for a frame that is too long."""
        carriage.check_offer(frame, self.room())
        packet_id = self._next_id
        self._next_id = packet_id + 1 if packet_id < 65535 else _FIRST
        self._out[packet_id] = (token, now)
        self._send(mqtt.publish(self._topics[lane], packet_id, frame), now)

    def leave(self, now):
        """Say good-bye: the last will is not published then, so the state is."""
        if self.up:
            self._publish_state(carriage.OFFLINE, now)
            self._send(mqtt.DISCONNECT, now)
        self.up = False

    def tick(self, now):
        """Keep the connection alive. NoReply once the server is silent for too long."""
        if not self.up:
            if now - self._opened >= CONNECT_PATIENCE:
                raise NoReply("the server does not answer the CONNECT")
            return
        patience = self.keep_alive * 3 // 2
        if now - self._heard >= patience:
            raise NoReply("the server is silent for %d s" % (patience // 1000))
        for packet_id in self._out:
            if now - self._out[packet_id][1] >= patience:
                raise NoReply(
                    "the server does not acknowledge a frame for %d s" % (patience // 1000)
                )
        quiet = max(now - self._heard, now - self._sent)
        if quiet >= self.keep_alive and now - self._pinged >= self.keep_alive:
            self._pinged = now
            self._send(mqtt.PINGREQ, now)

    def receive(self, data, now):
        """What data brings: a list of (event, detail). BadFrame or Refused ends the connection."""
        self._heard = now
        events = []
        for packet in self._decoder.feed(data):
            if packet.kind == mqtt.CONNACK:
                self._connack(packet, events, now)
            elif not self.up:
                raise BadFrame("an MQTT packet before the answer to the CONNECT")
            elif packet.kind == mqtt.PUBLISH:
                self._message(packet, events, now)
            elif packet.kind == mqtt.PUBACK:
                out = self._out.pop(mqtt.read_puback(packet), None)
                if out is not None:
                    events.append((PUBLISHED, out[0]))
            elif packet.kind == mqtt.SUBACK:
                packet_id, code = mqtt.read_suback(packet)
                if packet_id == _SUBSCRIBE and code == 0x80:
                    raise Refused("the server refuses the subscription to downlinks", code)
            elif packet.length:
                raise BadFrame("a PINGRESP of another shape")
        return events

    def _connack(self, packet, events, now):
        present, code = mqtt.read_connack(packet)
        if self.up:
            raise BadFrame("a second CONNACK")
        if code:
            from agent.protocols import mqtt_refusals

            raise mqtt_refusals.of_code(code)
        self.up = True
        # Ahead of any frame, so that its acknowledgement finds the subscription.
        self._send(mqtt.subscribe(_SUBSCRIBE, self._down), now)
        self._publish_state(carriage.ONLINE, now)
        events.append((CONNECTED, present))

    def _message(self, packet, events, now):
        topic, packet_id, payload = mqtt.read_publish(packet)
        if packet_id:
            self._send(mqtt.puback(packet_id), now)
        if payload is None:
            self.oversize += 1
        elif topic == self._down:
            events.append((MESSAGE, payload))

    def _publish_state(self, word, now):
        self._send(mqtt.publish(self._state, _STATE, word, True), now)

    def _send(self, piece, now):
        self.outbox.append(piece)
        self._sent = now
