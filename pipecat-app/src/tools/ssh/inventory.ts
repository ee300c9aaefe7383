import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import { z } from 'zod';
import { TwinError } from '../../errors.js';

/** A machine of the inventory. `user` is undefined where the inventory names none. */
export type InventoryHost = { name: string; address: string; port: number; user: string | undefined };

const NAME = /^[A-Za-z0-9_](?:[A-Za-z0-9._-]{0,252})$/;
const ADDRESS = /^[A-Za-z0-9_](?:[A-Za-z0-9._-]{0,252})$|^[0-9A-Fa-f:]{2,45}$/;
const USER = /^[a-z_][a-z0-9_.-]{0,31}$/i;

const record = z.record(z.string(), z.unknown());
const variables = z.object({
  ansible_host: z.string().regex(ADDRESS).optional(),
  ansible_user: z.string().regex(USER).optional(),
  ansible_port: z.coerce.number().int().min(1).max(65_535).optional(),
});
type Variables = z.infer<typeof variables>;

/**
 * The hosts of an Ansible inventory in YAML, by name: groups at any depth, variables of hosts before those of groups.
 * A host whose name or variables are not plain (a range, a template) is left out.
 * @throws TwinError `TWIN_INVENTORY` when the file cannot be read or is not YAML.
 */
export async function readInventory(file: string): Promise<ReadonlyMap<string, InventoryHost>> {
  let content: unknown;
  try {
    content = parse(await readFile(file, 'utf8'));
  } catch (cause) {
    throw new TwinError('TWIN_INVENTORY', `The inventory ${file} cannot be read.`, {
      next: 'Correct the file, or set TWIN_INVENTORY to another one.',
      cause,
    });
  }
  return hostsOf(content);
}

/** The same of a parsed file. */
export function hostsOf(content: unknown): ReadonlyMap<string, InventoryHost> {
  const found = new Map<string, Variables>();
  const left = new Set<string>();
  const walk = (group: unknown, outer: Variables): void => {
    const parts = record.safeParse(group);
    if (!parts.success) return;
    const { hosts, children, vars } = parts.data;
    const inner = { ...outer, ...plain(vars) };
    for (const [name, own] of entries(hosts)) {
      const checked = variables.safeParse(own ?? {});
      if (!checked.success || !NAME.test(name)) left.add(name);
      else found.set(name, { ...found.get(name), ...inner, ...defined(checked.data) });
    }
    for (const [, child] of entries(children)) walk(child, inner);
  };
  for (const [, group] of entries(content)) walk(group, {});
  const hosts = [...found].filter(([name]) => !left.has(name));
  return new Map(
    hosts.map(([name, { ansible_host, ansible_port, ansible_user }]) => [
      name,
      { name, address: ansible_host ?? name, port: ansible_port ?? 22, user: ansible_user },
    ]),
  );
}

const entries = (value: unknown): [string, unknown][] => {
  const parts = record.safeParse(value);
  return parts.success ? Object.entries(parts.data) : [];
};
const defined = (vars: Variables): Variables =>
  Object.fromEntries(Object.entries(vars).filter(([, value]) => value !== undefined));
const plain = (vars: unknown): Variables => {
  const checked = variables.safeParse(vars ?? {});
  return checked.success ? defined(checked.data) : {};
};
