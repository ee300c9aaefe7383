/**
 * Listens on ADDRESS PORT and hands the listening socket to the parent process. It is started inside a lab's network, which
 * the parent is not: so the parent answers nodes there, and itself reaches the registries.
 */
import { createServer } from 'node:net';

const [address = '', port = ''] = process.argv.slice(2);
const server = createServer();
server.listen(Number(port), address, () => {
  process.send?.('listening', server, undefined, () => process.exit(0));
});
