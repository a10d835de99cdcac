"""What a Carrier's poll returns: (event, detail)."""

CARRIER_UP = 1  # detail: True when the platform kept no session of ours (send again what hopped)
CARRIER_DOWN = 2  # detail: one sentence why; every token that is still out has failed
CARRIER_HOP = 3  # detail: the token of a frame that reached the next hop (PUBACK, 2.xx)
CARRIER_MESSAGE = 4  # detail: the bytes of one signed downlink
CARRIER_FAILED = 5  # detail: the token of a frame that did not reach the next hop
