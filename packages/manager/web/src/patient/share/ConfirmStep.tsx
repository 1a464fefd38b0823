import { Button, Group, Text } from '@mantine/core'
import { type ReactNode, useState } from 'react'
import { common } from '../../text/common.ts'
import { share as text } from '../../text/share.ts'
import { ahead, showMoment } from '../../ui/dates.ts'
import { Facts } from '../../ui/Facts.tsx'
import { LinkButton } from '../../ui/LinkButton.tsx'
import { Tone } from '../../ui/Tone.tsx'
import { WishStatus } from '../../ui/WishStatus.tsx'
import { type Choice, narrowed, type UntilName, untilOf } from '../draft.ts'
import type { RecordSet, Who } from '../model.ts'
import { RecordTable } from '../RecordTable.tsx'
import { useSession, useSnapshot, useWish } from '../SessionContext.tsx'

/** Everything on one page before it counts, with a preview of exactly what the viewer gets. */
export function ConfirmStep(props: {
  viewer: Who
  choice: Choice
  records: readonly RecordSet[]
  purpose: number
  until: { name: UntilName; date: string }
  onBack: () => void
}): ReactNode {
  const { viewer, choice, records, purpose, until } = props
  const session = useSession()
  const { relationships } = useSnapshot()
  const wish = useWish()
  const chosen = records.filter(({ id }) => choice.has(id))
  const end = untilOf(until.name, until.date) ?? 0
  const places = new Set(chosen.map(({ relationship }) => relationship))
  const dual = relationships.filter(({ id, policy }) => places.has(id) && policy === 'dualConsent')
  if (wish.state === 'done')
    return (
      <div className="stack">
        <WishStatus
          wish={wish}
          done={
            dual.length > 0
              ? text.wizard.sharedWaiting(viewer.name)
              : text.wizard.shared(viewer.name)
          }
        />
        <LinkButton to="/share">{text.wizard.toList}</LinkButton>
      </div>
    )
  return (
    <div className="stack">
      <div className="panel">
        <Facts
          facts={[
            [text.wizard.theySee, <Chosen key="see" sets={chosen} choice={choice} />],
            [text.wizard.theyDoNot, <LeftOut key="not" records={records} choice={choice} />],
            [text.wizard.why2, common.purposes[purpose]],
            [text.wizard.until2, `${showMoment(end)} (${ahead(end)})`],
          ]}
        />
      </div>
      {dual.map((one) => (
        <Tone key={one.id} mood="info">
          {text.wizard.dual(one.institution.name)}
        </Tone>
      ))}
      <Text>{text.wizard.stopAny}</Text>
      <Text>{text.wizard.everyLook}</Text>
      <Group>
        <Button
          loading={wish.state === 'working'}
          onClick={() =>
            void wish.run(() => session.share({ viewer, choice, purpose, until: end }))
          }
        >
          {text.wizard.go}
        </Button>
        <LinkButton to="/share" variant="default">
          {text.wizard.dont}
        </LinkButton>
        <Button variant="subtle" onClick={props.onBack}>
          {text.wizard.change}
        </Button>
      </Group>
      <WishStatus wish={wish} />
      <Preview viewer={viewer} sets={chosen} choice={choice} />
    </div>
  )
}

/** A kind of record by its name, and by its fields where they are not all of it. */
function Chosen(props: { sets: readonly RecordSet[]; choice: Choice }): ReactNode {
  return (
    <ul style={{ margin: 0, paddingLeft: '1.2rem' }}>
      {props.sets.map(({ id, label, institution, current }) => {
        const fields = current?.fields ?? []
        const seen = fields.filter(({ bit }) => props.choice.get(id)?.has(bit))
        const name = `${label} (${institution.name})`
        return (
          <li key={id}>
            {seen.length < fields.length
              ? `${name}: ${seen.map((field) => field.label).join(', ')}`
              : name}
          </li>
        )
      })}
    </ul>
  )
}

function LeftOut(props: { records: readonly RecordSet[]; choice: Choice }): ReactNode {
  const seen = new Set(
    props.records.filter(({ id }) => props.choice.has(id)).map(({ label }) => label),
  )
  const lines = props.records.flatMap((set) => {
    const bits = props.choice.get(set.id)
    // Of the same kind as something they will see: the institution makes the difference.
    if (!bits) return [seen.has(set.label) ? `${set.label} (${set.institution.name})` : set.label]
    const missing = set.current?.fields.filter(({ bit }) => !bits.has(bit)) ?? []
    return missing.length > 0
      ? [`${set.label}: ${missing.map(({ label }) => label).join(', ')}`]
      : []
  })
  return lines.length === 0 ? text.wizard.nothingElse : [...new Set(lines)].join('; ')
}

function Preview(props: { viewer: Who; sets: readonly RecordSet[]; choice: Choice }): ReactNode {
  const [open, setOpen] = useState(false)
  const name = props.viewer.name
  return (
    <div className="stack">
      <Button variant="light" aria-expanded={open} onClick={() => setOpen(!open)}>
        {open ? text.wizard.hidePreview : text.wizard.previewAs(name)}
      </Button>
      {open ? (
        <section className="stack" aria-label={text.wizard.preview(name)}>
          <Text fw={650}>{text.wizard.preview(name)}</Text>
          {props.sets.map((set) => {
            const table = narrowed(set, props.choice.get(set.id) ?? new Set()).current
            return table ? (
              <RecordTable
                key={set.id}
                label={`${set.label} (${set.institution.name})`}
                table={table}
              />
            ) : null
          })}
        </section>
      ) : null}
    </div>
  )
}
