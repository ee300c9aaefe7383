/** Python, for `python3 -c`: tries every TCP port of an address and prints those that answer. Has no single quotes. */
export const SCAN = `
import asyncio, sys

async def look(port, gate, found):
    async with gate:
        try:
            _, writer = await asyncio.wait_for(asyncio.open_connection(sys.argv[1], port), 2)
            found.append(port)
            writer.close()
        except (OSError, asyncio.TimeoutError):
            pass

async def main():
    gate, found = asyncio.Semaphore(4000), []
    # Twice: on a busy machine an answer may come too late.
    for _ in range(2):
        await asyncio.gather(*(look(port, gate, found) for port in set(range(1, 65536)) - set(found)))
    print(*sorted(found))

import resource
resource.setrlimit(resource.RLIMIT_NOFILE, (8192, 8192))
asyncio.run(main())
`;

/**
 * Python, as above: sends a datagram to every UDP port of an address. Prints how many answer, be it only that nothing listens there, and the
 * first of them: a port that is closed by a firewall says nothing at all.
 */
export const SCAN_UDP = `
import resource, selectors, socket, sys, time

resource.setrlimit(resource.RLIMIT_NOFILE, (8192, 8192))
found = []
for start in range(1, 65536, 2000):
    with selectors.DefaultSelector() as gate:
        for port in range(start, min(start + 2000, 65536)):
            one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            one.setblocking(False)
            one.connect((sys.argv[1], port))
            gate.register(one, selectors.EVENT_READ, port)
            try:
                one.send(b"twin scan")
            except OSError:
                found.append(port)
        end = time.monotonic() + 1
        while (left := end - time.monotonic()) > 0 and gate.get_map():
            for key, _ in gate.select(left):
                found.append(key.data)
                gate.unregister(key.fileobj)
                key.fileobj.close()
        for key in list(gate.get_map().values()):
            key.fileobj.close()
found = sorted(set(found))
print(len(found), *found[:20])
`;
