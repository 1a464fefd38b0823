import type { ReactNode } from 'react'
import { staff } from '../text/staff.ts'
import { ColumnHeads } from '../ui/ColumnHeads.tsx'
import { showMoment } from '../ui/dates.ts'
import { Facts } from '../ui/Facts.tsx'
import { Scroll } from '../ui/Scroll.tsx'
import { Tag, Tone } from '../ui/Tone.tsx'
import type { Explained, Explanation } from './api.ts'

const text = staff.explain

/** What would happen, by which rule, on which statement. */
export function Outcome(props: { explanation: Explanation }): ReactNode {
  const { at, outcome, shares, viewer } = props.explanation
  const isAllowed = outcome.decision === 'allow'
  const { basis, exception } = outcome
  return (
    <div className="stack">
      <Tone mood={isAllowed ? 'good' : 'bad'} title={isAllowed ? text.allowed : text.refused} live>
        {outcome.text}
      </Tone>
      <div className="panel">
        <Facts
          facts={[
            [text.asker, viewer],
            [text.moment, text.at(at.block, showMoment(at.time))],
            [text.rule, text.rules[outcome.rule]],
            [text.statement, text.statements[basis.kind] ?? basis.kind],
            [text.says, `${basis.says} (${basis.id.slice(0, 18)})`],
            ...(isAllowed
              ? []
              : ([
                  [text.code, `${outcome.decision} (HTTP ${outcome.status})`],
                  [
                    text.exception,
                    exception ? `${exception.section} ${exception.name}` : text.noException,
                  ],
                ] as const)),
          ]}
        />
      </div>
      {shares.length > 1 ? <Shares shares={shares} /> : null}
    </div>
  )
}

function Shares(props: { shares: readonly Explained[] }): ReactNode {
  return (
    <Scroll label={text.shares}>
      <table className="grid">
        <caption>
          <span className="caption">{text.shares}</span>
        </caption>
        <ColumnHeads columns={text.columns} />
        <tbody>
          {props.shares.map(({ grant, decision, rule, basis }) => (
            <tr key={grant}>
              <td className="mono">{grant?.slice(0, 12)}</td>
              <td>
                <Tag mood={decision === 'allow' ? 'good' : 'bad'}>{decision}</Tag>
              </td>
              <td>{text.rules[rule]}</td>
              <td className="long">{basis.says}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  )
}
