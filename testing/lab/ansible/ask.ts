import type { LabNode } from '../lab-node.js';
import type { Controllers } from './controllers.js';
import { on } from './on-node.js';

/** Asks a door that speaks as OpenAI's does, from `asker`, and returns the words of the answer. */
async function ask(asker: LabNode, address: string, question: string, headers = ''): Promise<string> {
  const body = JSON.stringify({ model: 'twin', max_tokens: 24, messages: [{ role: 'user', content: question }] });
  const said = await on(
    asker,
    `curl -sS --fail-with-body -m 30 --cacert /etc/twin/tls/ca.pem -H 'Content-Type: application/json' ${headers} -d '${body}' ${address}/v1/chat/completions`,
  );
  const { choices } = JSON.parse(said) as { choices: [{ message: { content: string } }] };
  return choices[0].message.content;
}

/** Asks Mission Control on a node, with a key of the agent. */
export function askGateway(options: {
  gateway: LabNode;
  asker: LabNode;
  key: string;
  question: string;
}): Promise<string> {
  const { gateway, asker, key, question } = options;
  return ask(asker, `https://${gateway.address}:8000`, question, `-H 'Authorization: Bearer ${key}'`);
}

/** Asks the head of the default expert that Consul, at `finder`, says is well; it is no door for people, so without a key. */
export async function askExpert(
  cluster: Controllers,
  { finder, asker, question }: { finder: LabNode; asker: LabNode; question: string },
): Promise<string> {
  const url = 'http://127.0.0.1:8500/v1/health/service/llama-api-main?passing=true';
  const found = JSON.parse(
    await cluster.managed(finder, `curl -sS -m 10 -H "X-Consul-Token: $CONSUL_HTTP_TOKEN" '${url}'`),
  ) as {
    Service: { Address: string; Port: number };
  }[];
  const [instance] = found;
  if (!instance) throw new Error('Consul knows of no head that is well');
  return ask(asker, `http://${instance.Service.Address}:${instance.Service.Port}`, question);
}
