"""Why an MQTT server refuses a connection: loaded when one does.

Source: OASIS Standard "MQTT Version 3.1.1" (29 October 2014), 3.2.2.3.
"""

from agent.errors import Refused

_REASONS = {
    1: "it does not speak MQTT 3.1.1",
    2: "it does not accept this client identifier",
    3: "it is not available now",
    4: "the user name or the password is wrong",
    5: "this pole is not authorised",
}


def of_code(code) -> Refused:
    """The error for the return code of a CONNACK."""
    return Refused("the server refuses: %s" % _REASONS.get(code, "code %d" % code), code)
