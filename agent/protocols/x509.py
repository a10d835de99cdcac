"""What the agent reads in certificates: until when they are good. Source: RFC 5280, 4.1; DER by
X.690.
"""

_UTC_TIME = 0x17  # its tag; two digits of the year, 2049 at the latest (RFC 5280, 4.1.2.5.1)


def item(der, at):
    """(begin, end) of the content of the item at at (X.690, 8.1)."""
    size = der[at + 1]
    at += 2
    if size & 0x80:
        at += size & 0x7F
        size = int.from_bytes(der[at - (size & 0x7F) : at], "big")
    return at, at + size


def validity(der):
    """The first and the last instant of a certificate (RFC 5280, 4.1.2.5): (year, month, day,
    hour, minute, second) each. ValueError, IndexError for what is none."""
    at = item(der, item(der, 0)[0])[0]
    for _ in range(3 + (der[at] == 0xA0)):  # the version if it is given; serial, algorithm, issuer
        at = item(der, at)[1]
    begin, end = item(der, at)[0], 0
    found = []
    for _ in range(2):
        at, end = item(der, begin)
        text = bytes(der[at:end]).decode()
        if der[begin] == _UTC_TIME:
            text = ("20" if text < "5" else "19") + text
        found.append((int(text[:4]),) + tuple([int(text[i : i + 2]) for i in range(4, 14, 2)]))
        begin = end
    return found
