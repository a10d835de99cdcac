"""The platform's MQTT door: a client of any broker. A message is acknowledged after its commit."""

import asyncio
import sqlite3
from typing import Any

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from agent.protocols import urls
from simulators.platform.ingest import Ingest


class MqttDoor:
    """Subscribes ``pole/+/up/+`` on the broker at url, answers on ``pole/{device}/down``.
    subscribed: set when the broker has it, and keeps what is sent from then on.

    paho's own thread carries the bytes; frames are taken on the asyncio loop.
    """

    def __init__(self, ingest: Ingest, url: str) -> None:
        self.ingest = ingest
        _, user, password, self.host, self.port = urls.parse(url)
        self.subscribed = asyncio.Event()
        self._loop = asyncio.get_event_loop()
        self._client = paho.Client(
            CallbackAPIVersion.VERSION2,
            client_id="pole-platform",
            clean_session=False,
            manual_ack=True,
        )
        if user:
            self._client.username_pw_set(user, password)
        self._client.on_connect = self._on_connect
        self._client.on_subscribe = self._on_subscribe
        self._client.on_message = self._on_message
        self._client.reconnect_delay_set(1, 10)

    async def start(self) -> None:
        """Connect, and go on trying for ever."""
        self._client.connect_async(self.host, self.port, keepalive=30)
        self._client.loop_start()

    async def stop(self) -> None:
        """Disconnect."""
        self._client.disconnect()
        self._client.loop_stop()

    def _on_connect(self, client: paho.Client, _: Any, __: Any, reason: Any, ___: Any) -> None:
        if not reason.is_failure:
            client.subscribe("pole/+/up/+", qos=1)

    def _on_subscribe(self, *_: Any) -> None:
        self._loop.call_soon_threadsafe(self.subscribed.set)

    def _on_message(self, _: paho.Client, __: Any, message: paho.MQTTMessage) -> None:
        self._loop.call_soon_threadsafe(self._take, message)

    def _take(self, message: paho.MQTTMessage) -> None:
        device = message.topic.split("/")[1]
        try:
            downlinks = self.ingest.receive(device, bytes(message.payload), "mqtt")
        except sqlite3.Error:
            return  # not acknowledged: the broker delivers it again
        self._client.ack(message.mid, message.qos)
        for data in downlinks:
            self._client.publish(f"pole/{device}/down", data, qos=1)
