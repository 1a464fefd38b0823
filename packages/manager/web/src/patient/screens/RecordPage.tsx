import type { ReactNode } from 'react'
import { common } from '../../text/common.ts'
import { record } from '../../text/record.ts'
import { showMoment } from '../../ui/dates.ts'
import { Facts } from '../../ui/Facts.tsx'
import { LinkButton } from '../../ui/LinkButton.tsx'
import { Nothing } from '../../ui/Nothing.tsx'
import { Page, Section } from '../../ui/Page.tsx'
import { Tone } from '../../ui/Tone.tsx'
import { Waiting } from '../../ui/Waiting.tsx'
import { ChangePanel, ReportWrong } from '../ChangePanel.tsx'
import { RecordTable } from '../RecordTable.tsx'
import { SaveProof } from '../SaveProof.tsx'
import { useSnapshot } from '../SessionContext.tsx'
import { CheckMark } from '../SetMarks.tsx'

/** One kind of record at one institution: what changed, the table, where it comes from. */
export default function RecordPage(props: { id: string }): ReactNode {
  const { records } = useSnapshot()
  const set = records.find(({ id }) => id === props.id)
  const back = { to: '/record', label: record.back }
  if (!set)
    return (
      <Page title={common.nothing} back={back}>
        <Nothing />
      </Page>
    )
  return (
    <Page title={set.label} lead={set.institution.name} back={back}>
      {set.trouble ? <Tone mood="wait">{record.unreachable(set.institution.name)}</Tone> : null}
      <ChangePanel set={set} />
      {set.current ? (
        <>
          <Section
            title={record.table}
            aside={
              <LinkButton to={`/share/new?set=${set.id}`} variant="default" size="sm">
                {record.share}
              </LinkButton>
            }
          >
            <RecordTable label={set.label} table={set.current} set={set} />
          </Section>
          <Section title={record.checkTitle}>
            <div className="panel">
              <CheckMark set={set} />
              <p>{set.current.proof === 'anchored' ? common.checkedAbout : common.promisedAbout}</p>
              <Facts
                facts={[
                  [record.source, set.institution.name],
                  [record.version, String(set.current.version)],
                  [record.lastChange, showMoment(set.current.time)],
                  [record.how, record.origins[set.current.origin] ?? common.empty],
                ]}
              />
              <SaveProof set={set} />
            </div>
          </Section>
          <ReportWrong set={set} />
        </>
      ) : (
        <Waiting label={record.loading(set.label)} />
      )}
    </Page>
  )
}
