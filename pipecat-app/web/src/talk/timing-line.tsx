import type { TurnRecord } from '../../../src/server/protocol.js';
import { duration, waterfall } from '../state/waterfall.js';

const SOURCE: Record<TurnRecord['source'], string> = {
  reflex: 'known command',
  model: 'language model',
  apology: 'apology',
  none: 'no answer',
};

/** Where the time of a turn went, folded. */
export function TimingLine({ record }: { record: TurnRecord }) {
  const { stages, totalMs } = waterfall(record.ms);
  const total = record.kind === 'voice' ? record.ms.voice_to_voice : totalMs;
  return (
    <details class="fold timing">
      <summary>
        {record.kind === 'announcement' ? 'Announced' : `Answered in ${duration(total)}`}, {SOURCE[record.source]}
        {record.interrupted ? ', interrupted' : ''}
      </summary>
      <table>
        <caption class="unseen">Delay by part</caption>
        <tbody>
          {stages.map(({ name, what, ms, startMs }) => (
            <tr key={name}>
              <th scope="row" title={what}>
                {name}
              </th>
              <td class="lane">
                <span
                  style={{
                    marginLeft: `${(100 * startMs) / totalMs}%`,
                    width: `${Math.max(0.5, (100 * ms) / totalMs)}%`,
                  }}
                />
              </td>
              <td class="ms">{duration(ms)}</td>
            </tr>
          ))}
          <tr>
            <th scope="row">total</th>
            <td class="lane" />
            <td class="ms">{duration(total)}</td>
          </tr>
        </tbody>
      </table>
    </details>
  );
}
