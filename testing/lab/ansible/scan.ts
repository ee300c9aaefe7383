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
