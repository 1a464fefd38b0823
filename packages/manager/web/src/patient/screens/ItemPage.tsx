import type { ReactNode } from 'react'
import { common } from '../../text/common.ts'
import { record } from '../../text/record.ts'
import { Facts } from '../../ui/Facts.tsx'
import { LinkButton } from '../../ui/LinkButton.tsx'
import { Nothing } from '../../ui/Nothing.tsx'
import { Page, Section } from '../../ui/Page.tsx'
import { ChangePanel, ReportWrong } from '../ChangePanel.tsx'
import { itemsOf, readable, showValue } from '../present.ts'
import { useSnapshot } from '../SessionContext.tsx'
import { SetMarks } from '../SetMarks.tsx'

/** One entry, every field of it, and whether it is unchanged. */
export default function ItemPage(props: { id: string; itemKey: string }): ReactNode {
  const { records } = useSnapshot()
  const set = records.find(({ id }) => id === props.id)
  const item = set && itemsOf(set).find(({ key }) => key === props.itemKey)
  if (!set?.current || !item)
    return (
      <Page title={common.nothing} back={{ to: '/record', label: record.back }}>
        <Nothing />
      </Page>
    )
  const { fields, proof } = set.current
  return (
    <Page
      title={item.title}
      lead={`${common.categories[set.category] ?? ''} · ${set.institution.name}`}
      back={{ to: '/record', label: record.back }}
    >
      <div className="panel">
        <Facts
          facts={readable(fields).flatMap((i) => {
            const field = fields[i]
            return field ? [[field.label, showValue(field, item.row[i] ?? null)] as const] : []
          })}
        />
      </div>
      <Section title={record.checkTitle}>
        <div className="panel">
          <SetMarks set={set} />
          <p>{proof === 'anchored' ? common.checkedAbout : common.promisedAbout}</p>
        </div>
      </Section>
      <div className="stack" style={{ marginTop: '1.5rem' }}>
        <ChangePanel set={set} />
        <LinkButton to={`/record/${set.id}`} variant="default">
          {record.showAll(set.label)}
        </LinkButton>
      </div>
      <ReportWrong set={set} />
    </Page>
  )
}
