import type { ApprovalRequest } from '../../../src/server/protocol.js';
import { partsOf } from './visible.js';
import { DOOR, RISK } from './words.js';

/** Text of whoever asks: never markup, and nothing in it invisible. */
export function Shown({ text }: { text: string }) {
  return (
    <bdi dir="ltr">{partsOf(text).map(({ text: its, hidden }, i) => (hidden ? <mark key={i}>{its}</mark> : its))}</bdi>
  );
}

export function RiskWord({ risk }: Pick<ApprovalRequest, 'risk'>) {
  return <span class={`risk ${risk}`}>{RISK[risk]}</span>;
}

/** Who asks for which method, with exactly which arguments. */
export function RequestFacts({ request, id }: { request: ApprovalRequest; id: string }) {
  const { tool, args, name, role, door } = request;
  return (
    <>
      <dl class="request-facts">
        <div>
          <dt>Tool</dt>
          <dd>
            <code>
              <Shown text={tool} />
            </code>
          </dd>
        </div>
        <div>
          <dt>Asked</dt>
          <dd>
            <Shown text={name || 'somebody'} /> ({role}), {DOOR[door]}
          </dd>
        </div>
      </dl>
      <h3 id={id} class="request-args-title">
        Exact arguments
      </h3>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: who has only a keyboard must be able to scroll it */}
      {/* biome-ignore lint/a11y/useSemanticElements: nothing is filled in here */}
      <div class="request-args" role="group" aria-labelledby={id} tabIndex={0}>
        <code>
          <Shown text={args} />
        </code>
      </div>
    </>
  );
}
