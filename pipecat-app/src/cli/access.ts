import { Argument, Command, Option } from 'commander';
import { type Role, role } from '../server/protocol.js';
import { connectionOf } from './connection.js';
import { print, table } from './output.js';
import { call } from './rest.js';

type Key = { id: string; name: string; role: Role; created: string };

const roleOption = (fallback: Role): Option =>
  new Option('--role <role>', 'viewer watches, operator talks, admin also gives access')
    .choices(role.options)
    .default(fallback);

/** `twin signin`: a new one-time link for a browser. */
export function signInCommand(): Command {
  return new Command('signin')
    .description('print a link that signs a browser in, once, within ten minutes')
    .addOption(roleOption('admin'))
    .action(async (options: { role: Role }, command: Command) => {
      const link = await call<{ url: string; expires_s: number }>(
        await connectionOf(command),
        'POST',
        '/api/signin-codes',
        {
          body: options,
        },
      );
      print(command, link, `${link.url}\n`);
    });
}

/** `twin keys create|list|revoke`: API keys. */
export function keysCommand(): Command {
  const keys = new Command('keys').description('make, list and revoke API keys');
  keys
    .command('create')
    .description('make a key and print it; it cannot be shown again')
    .argument('<name>', 'what it is for')
    .addOption(roleOption('operator'))
    .action(async (name: string, options: { role: Role }, command: Command) => {
      const body = { name, role: options.role };
      const key = await call<Key & { key: string }>(await connectionOf(command), 'POST', '/api/keys', { body });
      print(command, key, `${key.key}\n`);
    });
  keys
    .command('list')
    .description('list the keys')
    .action(async (_options, command: Command) => {
      const { keys: list } = await call<{ keys: Key[] }>(await connectionOf(command), 'GET', '/api/keys');
      const rows = list.map(({ id, name, role: its, created }) => [id, its, created.slice(0, 10), name]);
      print(command, list, table(['ID', 'ROLE', 'CREATED', 'NAME'], rows));
    });
  keys
    .command('revoke')
    .description('make a key useless at once, with every browser that it signed in')
    .addArgument(new Argument('<id>', 'see `twin keys list`'))
    .action(async (id: string, _options, command: Command) => {
      await call(await connectionOf(command), 'DELETE', `/api/keys/${encodeURIComponent(id)}`);
      print(command, { revoked: id }, `Revoked ${id}.\n`);
    });
  return keys;
}
