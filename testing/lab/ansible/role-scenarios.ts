/** What each role by its own tag makes of a fresh machine that has had the roles before it: roles.long.test.ts. */
export type Scenario = {
  role: string;
  after: readonly string[];
  /** Shell commands, and what each must print. */
  verify: readonly [command: string, sees: RegExp][];
  /** It only looks. */
  changes?: false;
};

/** How many of those it asks Prometheus reaches, once it reaches all. */
const UP = `python3 -c '
import json, time, urllib.request
for _ in range(100):
    with urllib.request.urlopen("http://127.0.0.1:9090/api/v1/query?query=up") as answer:
        up = [one["value"][1] for one in json.load(answer)["data"]["result"]]
    if len(up) >= 4 and set(up) == {"1"}: break
    time.sleep(1)
print(up.count("1"))'`;

export const SCENARIOS: readonly Scenario[] = [
  {
    role: 'preflight',
    after: [],
    changes: false,
    verify: [['ls -d /etc/twin /opt/twin /opt/nomad /etc/consul.d /etc/nomad.d 2>/dev/null; true', /^$/]],
  },
  {
    role: 'common',
    after: [],
    verify: [
      ['systemctl is-active twin-firewall', /^active$/],
      ['nft list chain inet twin input', /policy drop/],
      ['openssl verify -CAfile /etc/twin/tls/ca.pem /etc/twin/tls/node.pem', /OK$/],
      ['openssl x509 -in /etc/twin/tls/node.pem -noout -ext subjectAltName', /server\.dc1\.consul/],
      ['stat -c "%a %U:%G" /etc/twin/tls/node-key.pem /etc/twin/ca/ca-key.pem', /^640 root:twin-tls\n600 root:root$/],
      ['getent passwd twin', /nologin$/],
      ['getent hosts node1', /^10\.77\.0\.11/],
      ['ls /usr/local/bin/consul /usr/local/bin/nomad 2>&1; true', /(No such file[\s\S]*){2}/],
    ],
  },
  {
    role: 'wireguard',
    after: ['common'],
    verify: [
      ['ip -brief address show wg0', /10\.78\.0\.11\/16/],
      ['wg show wg0 listen-port', /^51820$/],
      ['systemctl is-active twin-wireguard', /^active$/],
    ],
  },
  {
    role: 'consul',
    after: ['common'],
    verify: [
      ['systemctl show -p User --value consul', /^consul$/],
      ['consul members', /node1 .*alive +server/],
      ['consul operator raft list-peers', /leader +true/],
      ['consul acl policy list', /llama-expert/],
      ['stat -c "%a %U" /etc/consul.d/management_token', /^600 root$/],
      ['curl -s -o /dev/null -w "%{http_code}" http://127.0.0.1:8500/v1/agent/self', /^403$/],
    ],
  },
  {
    role: 'nomad',
    after: ['common', 'consul'],
    verify: [
      ['nomad node status', /node1 .*eligible +ready/],
      ['nomad operator raft list-peers', /leader +true/],
      ['nomad namespace list', /ai-agents[\s\S]*ai-services/],
      ['consul acl auth-method list', /nomad-workloads/],
      ['curl -s -o /dev/null -w "%{http_code}" http://127.0.0.1:4646/v1/agent/self', /^403$/],
    ],
  },
  {
    role: 'monitoring',
    after: ['common', 'consul', 'nomad'],
    verify: [
      ['systemctl show -p User --value prometheus prometheus-node-exporter', /^prometheus\n+prometheus$/],
      ['stat -c "%a %U:%G" /etc/prometheus/keys/consul_token', /^640 root:prometheus$/],
      [
        'ss -Hltn | grep -E ":(9090|9100) " | tr -s " " | cut -d" " -f4 | sort',
        /^10\.77\.0\.11:9100\n127\.0\.0\.1:9090$/,
      ],
      // Prometheus itself, the machine, Consul, Nomad.
      [UP, /^4$/],
    ],
  },
];
