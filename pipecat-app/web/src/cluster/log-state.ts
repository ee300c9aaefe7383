import type { LogLines, LogStart } from '../../../src/server/cluster-protocol.js';

/** Lines that came together, or a remark of the page. */
export type LogBlock = { key: number; kind: LogLines['stream'] | 'remark'; text: string };
export type LogState = { blocks: readonly LogBlock[]; allocation: string; next: number };
export type LogNews =
  | { type: 'start'; data: LogStart }
  | { type: 'log'; data: LogLines }
  | { type: 'end'; data: { words: string } };

export const emptyLog: LogState = { blocks: [], allocation: '', next: 0 };

/** Characters that the page keeps. */
const KEPT = 300_000;
/** Blocks of one stream are joined up to this many characters, so that there are few of them. */
const JOINED = 4_000;

/** The log after an event. A start that was announced already, after a reconnect, is no news. */
export function foldLog(state: LogState, news: LogNews): LogState {
  switch (news.type) {
    case 'start': {
      const { allocation, group, task, node } = news.data;
      if (allocation === state.allocation) return state;
      const words = `Task ${task} of group ${group} on ${node}, allocation ${allocation.slice(0, 8)}.`;
      return { ...added(state, 'remark', words), allocation };
    }
    case 'end':
      return added(state, 'remark', news.data.words);
    case 'log':
      return added(state, news.data.stream, news.data.text);
  }
}

function added(state: LogState, kind: LogBlock['kind'], text: string): LogState {
  const last = state.blocks.at(-1);
  if (last && last.kind === kind && kind !== 'remark' && last.text.length + text.length < JOINED) {
    return { ...state, blocks: [...state.blocks.slice(0, -1), { ...last, text: last.text + text }] };
  }
  const blocks = [...state.blocks, { key: state.next, kind, text }];
  let size = blocks.reduce((sum, block) => sum + block.text.length, 0);
  let first = 0;
  while (size > KEPT && first < blocks.length - 1) size -= blocks[first++]?.text.length ?? 0;
  return { ...state, blocks: blocks.slice(first), next: state.next + 1 };
}
