import { join } from 'node:path';
import type { Config } from './config.js';
import type { Gateway } from './experts/gateway.js';
import type { Llm } from './experts/llm.js';
import { DraftAnswers } from './mind/prompts/draft-answers.js';
import { PromptFiles } from './mind/prompts/prompt-files.js';
import { PromptVersions } from './mind/prompts/prompt-versions.js';

/** The prompts as people edit them. */
export type Prompts = { files: PromptFiles; versions: PromptVersions; drafts: DraftAnswers };

/** @param folder the one that the mind reads */
export function promptParts(config: Pick<Config, 'TWIN_HOME'>, folder: string, llm: Llm & Gateway): Prompts {
  const versions = new PromptVersions(join(config.TWIN_HOME, 'prompt-versions'));
  return { files: new PromptFiles(folder, versions), versions, drafts: new DraftAnswers({ llm, gateway: llm }) };
}
