import { Command } from 'commander';
import type { McpServersView, McpServerView } from '../tools/mcp-servers/view.js';
import { connectionOf } from './connection.js';
import { print, table } from './output.js';
import { call } from './rest.js';

const HELP = `
Example, in the settings of an MCP client:
  {"command": "twin", "args": ["mcp"]}`;

const SERVERS_HELP = `
The servers are named in mcp.json of TWIN_HOME, as for other clients:
  {"mcpServers": {"files": {"command": "files-server", "args": ["/srv"], "allow": ["read_file"]},
                  "wiki": {"url": "http://wiki:3000/mcp", "headers": {"Authorization": "Bearer …"}}}}
A person is asked before each call, but for methods that only read and that "allow" names.`;

/** `twin mcp`: the agent's tools and memory for a program that speaks the Model Context Protocol over a pipe. */
export function mcpCommand(): Command {
  const mcp = new Command('mcp')
    .description('serve the tools and the memory of the agent on standard input and output (MCP)')
    .addHelpText('after', HELP)
    .action(async (_options, command: Command) => {
      const [connection, { mcpProxy }] = await Promise.all([connectionOf(command), import('./mcp-proxy.js')]);
      await mcpProxy(connection);
    });
  mcp
    .command('servers')
    .alias('list')
    .description('show the MCP servers whose tools the agent uses')
    .addHelpText('after', SERVERS_HELP)
    .action(async (_options, command: Command) => {
      const view = await call<McpServersView>(await connectionOf(command), 'GET', '/api/mcp-servers');
      print(command, view, words(view));
      if (view.problem !== '') process.exitCode = 1;
    });
  return mcp;
}

function words({ file, problem, servers }: McpServersView): string {
  if (problem !== '') return `${problem}\n`;
  if (servers.length === 0) return `No MCP servers are named in ${file}. Add --help to see how.\n`;
  return table(['SERVER', 'BY', 'WHERE', 'STATE', 'METHODS'], servers.map(row));
}

const row = ({ name, transport, target, state, reason, methods }: McpServerView): string[] => [
  name,
  transport,
  target,
  reason === '' ? state : `${state}: ${reason}`,
  methods.map((method) => `${method.name}${method.risk === 'read' ? '' : ' (asks)'}`).join(', '),
];
