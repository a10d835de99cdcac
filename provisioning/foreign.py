"""Names that objects of the interpreter have: what they are called is not ours to choose."""

import array
import builtins
import collections
import io
import select
import socket
import ssl

# CPython's objects have all that MicroPython's have, and more.
_TYPES = (array.array, collections.deque, io.FileIO, io.BytesIO, io.StringIO, type(select.poll()),
          socket.socket, ssl.SSLContext, ssl.SSLSocket)  # fmt: skip

# MicroPython's alone, by the reference of its libraries: machine (Pin, UART, RTC, WDT, SPI), esp32
# and rp2 (Partition, Flash), network (WLAN, LAN, WIZNET5K), block devices and streams of vfs, tls.
_BOARDS = (
    "active any antenna bits block_size channel config connect datetime deinit disconnect drive "
    "duty feed find flush freq high hidden hostname ifconfig info init invert ioctl ipconfig "
    "ipoll irq isconnected isolated key label load_cert_chain low mac "
    "mark_app_valid_cancel_rollback memory mode modify off on parity pins poll pull read "
    "readblocks readchar readinto readline register regs rts scan security send sendbreak "
    "set_boot set_ciphers setblocking ssid stations status stop timeout toggle txdone "
    "unregister value wake wrap_socket write write_readinto writeblocks writechar"
)

FOREIGN = frozenset((*dir(builtins), *_BOARDS.split())).union(
    *(dir(thing) for thing in (*vars(builtins).values(), *_TYPES))
)
