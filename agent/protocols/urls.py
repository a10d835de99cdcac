"""Where the platform is: ``mqtt://user:password@host:port``, ``coap://host:port``."""

PORTS = {"mqtt": 1883, "mqtts": 8883, "coap": 5683, "coaps": 5684, "tcp": 502}


def parse(url: str):
    """(scheme, user or None, password or None, host, port). ValueError says what is expected."""
    scheme, mark, rest = url.partition("://")
    if not mark or scheme not in PORTS:
        raise ValueError('expected an address such as "coap://host:port", not "%s"' % url)
    userinfo, at, place = rest.rpartition("@")
    user, colon, password = userinfo.partition(":")
    place = place.partition("/")[0]
    if place.startswith("["):
        host, _, port = place[1:].partition("]")
        port = port[1:] if port.startswith(":") else port
    else:
        host, _, port = place.partition(":")
    number = PORTS[scheme]
    if port:
        try:
            number = int(port)
        except ValueError:
            number = 0
    if not host or not 0 < number < 65536:
        raise ValueError('expected an address such as "%s://host:port", not "%s"' % (scheme, url))
    return scheme, user if at else None, password if colon else None, host, number
