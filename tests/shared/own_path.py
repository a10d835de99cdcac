"""A path that no other run of the tests has, on either runtime."""

import os


def own_path(what):
    """Below /tmp, named after what it is for. Nothing is there."""
    return "/tmp/%s-%s" % (what, "".join(["%02x" % byte for byte in os.urandom(6)]))
