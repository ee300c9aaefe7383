"""malformed.py ADDRESS EACH SEED: sends so many wrong packets to DHCP, proxy DHCP, TFTP, HTTP and TLS at ADDRESS; prints how many.

Half of them are noise, half are right but for some bytes, cut or grown: those get further into a program.
"""

import json
import random
import socket
import struct
import sys

ADDRESS, EACH, SEED = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
random.seed(SEED)


def bootp():
    """A request of a firmware that boots, as in RFC 2131 and the PXE specification."""
    head = struct.pack("!BBBBIHH4s4s4s4s", 1, 1, 6, 0, random.getrandbits(32), 0, 0x8000, *[b"\0" * 4] * 4)
    head += bytes([0x52, 0x54, 0, 0x99, 0, random.randrange(256)]) + b"\0" * 10 + b"\0" * 192 + b"\x63\x82\x53\x63"
    options = [(53, bytes([random.choice([1, 3])])), (60, b"PXEClient:Arch:00000:UNDI:002001"), (93, b"\0\0"), (94, b"\1\2\1"), (97, b"\0" * 17)]
    return head + b"".join(bytes([code, len(value)]) + value for code, value in options) + b"\xff"


def spoilt(packet):
    packet = bytearray(packet)
    for _ in range(random.randrange(1, 12)):
        packet[random.randrange(len(packet))] = random.randrange(256)
    if random.random() < 0.3:
        packet = packet[: random.randrange(1, len(packet))]
    if random.random() < 0.2:
        packet += random.randbytes(random.randrange(1, 900))
    return bytes(packet)


def some(packet):
    return random.randbytes(random.randrange(1, 1400)) if random.random() < 0.5 else spoilt(packet)


def by_udp(port, make):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
        for _ in range(EACH):
            out.sendto(some(make()), (ADDRESS, port))
    return EACH


def by_tcp(port, make):
    count = 0
    for _ in range(EACH):
        with socket.create_connection((ADDRESS, port), timeout=5) as out:
            try:
                out.sendall(some(make()))
                out.shutdown(socket.SHUT_WR)
                while out.recv(65536):
                    pass
            except OSError:
                pass  # It may refuse in any way that it likes.
            count += 1
    return count


def read_request():
    return b"\0\1" + random.choice([b"undionly.kpxe", b"../../etc/passwd", b"ipxe-amd64.efi"]) + b"\0octet\0tsize\0" + b"0\0blksize\0" + b"1468\0"


def hello():
    body = b"\3\3" + random.randbytes(32) + b"\0\0\2\x13\1\1\0\0\0"
    shake = b"\1" + struct.pack("!I", len(body))[1:] + body
    return b"\x16\3\1" + struct.pack("!H", len(shake)) + shake


def get():
    return b"GET /boot?mac=52-54-00-99-00-01 HTTP/1.1\r\nHost: twin\r\nConnection: close\r\n\r\n"


print(json.dumps({
    "dhcp": by_udp(67, bootp), "proxy": by_udp(4011, bootp), "tftp": by_udp(69, read_request), "http": by_tcp(8100, get), "tls": by_tcp(8101, hello),
}))
