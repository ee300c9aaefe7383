import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { TwinError } from '../../errors.js';
import type { Role } from '../../server/protocol.js';
import { readIfThere, writePrivate } from '../../state-file.js';
import type { Method } from '../tool.js';
import { type Policy, policy, type Rule, ruled } from './policy.js';

/**
 * `policy.json`. A file that cannot be understood may have forbidden something: until it is put right, only what reads
 * is allowed.
 */
export class PolicyFile {
  #policy: Policy | undefined;
  #saving: Promise<void> = Promise.resolve();

  private constructor(
    private readonly file: string,
    kept: Policy | undefined,
  ) {
    this.#policy = kept;
  }

  static async open(file: string, onProblem: (problem: TwinError) => void): Promise<PolicyFile> {
    try {
      const text = await readIfThere(file);
      return new PolicyFile(file, text === undefined ? { methods: {} } : policy.parse(JSON.parse(text)));
    } catch (cause) {
      const next = 'Correct it, or save the policy again in Mission Control; until then only reading is allowed.';
      onProblem(new TwinError('TWIN_POLICY', `${file} cannot be used.`, { next, cause }));
      return new PolicyFile(file, undefined);
    }
  }

  /** undefined while the file is damaged. */
  get current(): Policy | undefined {
    return this.#policy;
  }

  ruleOf(tool: string, risk: Method['risk'], role: Role): Rule {
    return ruled(this.#policy, tool, risk, role).rule;
  }

  /**
   * Replaces the policy; it holds once it is on disk.
   * @throws TwinError `TWIN_POLICY`
   */
  async save(next: Policy): Promise<void> {
    const writing = this.#saving.then(() => this.#write(next));
    this.#saving = writing.catch(() => undefined);
    await writing;
  }

  async #write(next: Policy): Promise<void> {
    try {
      await mkdir(dirname(this.file), { recursive: true, mode: 0o700 });
      await writePrivate(this.file, `${JSON.stringify(next, null, 2)}\n`);
      this.#policy = next;
    } catch (cause) {
      throw new TwinError('TWIN_POLICY', `${this.file} cannot be written.`, { next: 'Check the disk.', cause });
    }
  }
}
