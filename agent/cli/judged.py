"""What ``pole check`` says of a device's readings: what is checked, filtered, held back, driven."""

import datetime
from typing import Any

from agent.cli.speech import Speaker


def show(device: Any, speaker: Speaker, now: datetime.datetime) -> None:
    """Say it, for an agent.settings.DeviceSettings, one line each; nothing where there is none."""

    def names(found: Any) -> str:
        return ", ".join(sorted(set(found)))

    if device.alarms:
        channels = names(rule.channel for rule in device.alarms)
        speaker.say("check-alarms", indent=6, channels=channels)
    if device.checks:
        speaker.say("check-checks", indent=6, channels=names(items[0] for items in device.checks))
    for items in device.checks:
        due = items[7]
        if due is not None and now.timestamp() * 1000 >= due:
            day = datetime.datetime.fromtimestamp(due / 1000, datetime.UTC).date()
            speaker.say("check-overdue", indent=6, channel=items[0], day=day)
    if device.filters:
        made = names(f"{channel}_{kind}" for channel, kind, _ in device.filters)
        speaker.say("check-filters", indent=6, channels=made)
    if device.heartbeat_ms:
        speaker.say("check-exceptions", indent=6, every=f"{device.heartbeat_ms // 1000} s")
    for channel, alarms, *_ in device.drives:
        speaker.say("check-drive", indent=6, relay=channel, alarms=", ".join(alarms))
