import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { TwinError } from '../errors.js';
import type { JobTemplate } from '../server/cluster-protocol.js';

/** Text of values by name of the variable. */
export type Variables = Readonly<Record<string, string>>;

const SUFFIX = '.nomad.hcl';
/** They name programs, folders, networks and servers: who sets them runs what he likes on the nodes. */
const ADMIN = /^(driver|settings|namespace|user|workload_identity|volumes|.*_(dir|path|addr|network|volume))$/;

/** The job files that can be deployed by name. */
export class Templates {
  readonly #folder: string;
  readonly #site: Variables;

  /** @param site values of this cluster, for every job file that has a variable of the name */
  constructor(folder: string, site: Variables) {
    this.#folder = folder;
    this.#site = site;
  }

  list(): JobTemplate[] {
    const files = readdirSync(this.#folder).filter((file) => file.endsWith(SUFFIX));
    return files.sort().map((file) => this.#describe(file.slice(0, -SUFFIX.length)));
  }

  /**
   * Text of a job file, and a `.vars` file with this cluster's values and those given.
   * @throws TwinError `TWIN_JOB_TEMPLATE`; `TWIN_JOB_VARIABLES` that names every variable at fault; `TWIN_FORBIDDEN`
   */
  fill(name: string, given: Variables, { admin }: { admin: boolean }): { hcl: string; variables: string } {
    const { variables } = this.#describe(name);
    const problems = Object.keys(given)
      .filter((key) => !variables.some((one) => one.name === key))
      .map((key) => `${key}: there is no such variable`);
    const lines: string[] = [];
    for (const { name: key, type, value: usual, admin: guarded } of variables) {
      const value = given[key] ?? usual;
      if (guarded && !admin && value !== usual) throw adminOnly(`The variable ${key}`);
      if (value === null) problems.push(`${key}: must be given`);
      else if (key in given || key in this.#site) lines.push(line(key, type, value, problems));
    }
    if (problems.length > 0) {
      throw new TwinError('TWIN_JOB_VARIABLES', `The variables of ${name} are not right: ${problems.join('; ')}.`, {
        next: 'Correct them; `GET /api/jobs/templates` lists what there is.',
      });
    }
    return { hcl: this.#read(name), variables: lines.join('\n') };
  }

  #describe(name: string): JobTemplate {
    const { purpose, variables } = readTemplate(this.#read(name));
    const described = variables.map((one) => ({
      ...one,
      value: this.#site[one.name] ?? one.value,
      admin: ADMIN.test(one.name),
    }));
    return { name, purpose, variables: described };
  }

  #read(name: string): string {
    try {
      return readFileSync(join(this.#folder, name + SUFFIX), 'utf8');
    } catch (cause) {
      throw new TwinError('TWIN_JOB_TEMPLATE', `There is no job file ${name}.`, {
        next: '`GET /api/jobs/templates` lists those that there are.',
        cause,
      });
    }
  }
}

export const adminOnly = (what: string): TwinError =>
  new TwinError('TWIN_FORBIDDEN', `${what} is for administrators: it decides which programs run on the nodes.`, {
    next: 'Leave it as it is, or ask an administrator.',
  });

type Described = { purpose: string; variables: Omit<JobTemplate['variables'][number], 'admin'>[] };

/** What a job file says of itself: its header, and its `variable` blocks. */
export function readTemplate(hcl: string): Described {
  const purpose = /^# Purpose: ([\s\S]*?)\n# Variables:/.exec(hcl)?.[1]?.replace(/\n#\s*/g, ' ') ?? '';
  const blocks = hcl.matchAll(/^variable "(\w+)" \{\n([\s\S]*?)^\}/gm);
  const variables = [...blocks].map(([, name = '', body = '']) => {
    const value = attribute(body, 'default');
    return {
      name,
      type: attribute(body, 'type') ?? 'string',
      description: text(attribute(body, 'description') ?? ''),
      value: value === undefined ? null : text(value),
    };
  });
  return { purpose, variables };
}

const attribute = (body: string, name: string): string | undefined =>
  new RegExp(`^ *${name} += +(.*)$`, 'm').exec(body)?.[1]?.trim();

const text = (value: string): string => (value.startsWith('"') ? (JSON.parse(value) as string) : value);

/** A line of a `.vars` file. Numbers and truth values may stand in quotes; lists and maps are given as JSON. */
function line(key: string, type: string, value: string, problems: string[]): string {
  if (/^(string|number|bool)$/.test(type)) return `${key} = ${literal(JSON.stringify(value))}`;
  try {
    return `${key} = ${literal(JSON.stringify(JSON.parse(value)))}`;
  } catch {
    problems.push(`${key}: a ${type} is given as JSON`);
    return '';
  }
}

/** JSON is HCL as long as nothing in it looks like an interpolation: the sign before each brace is doubled. */
export const literal = (json: string): string => json.replace(/[$%](?=\{)/g, (sign) => sign + sign);
