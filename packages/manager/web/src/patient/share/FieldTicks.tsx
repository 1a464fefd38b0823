import { Button, Checkbox, Collapse, Text } from '@mantine/core'
import { type ReactNode, useId, useState } from 'react'
import { common } from '../../text/common.ts'
import { share as text } from '../../text/share.ts'
import { allBits, type Choice, toggle } from '../draft.ts'
import { groupedBy } from '../groupedBy.ts'
import type { RecordSet } from '../model.ts'

/** Category, then record set, then every field of it. */
export function FieldTicks(props: {
  records: readonly RecordSet[]
  choice: Choice
  onChoice: (choice: Choice) => void
}): ReactNode {
  const byCategory = groupedBy(props.records, ({ category }) => category)
  return [...byCategory]
    .toSorted(([a], [b]) => a - b)
    .map(([category, sets]) => (
      <fieldset key={category} className="panel" style={{ margin: 0 }}>
        <legend style={{ fontWeight: 650, padding: '0 .35rem' }}>
          {common.categories[category] ?? category}
        </legend>
        <div className="stack">
          {sets.map((set) => (
            <SetTicks key={set.id} set={set} choice={props.choice} onChoice={props.onChoice} />
          ))}
        </div>
      </fieldset>
    ))
}

function SetTicks(props: {
  set: RecordSet
  choice: Choice
  onChoice: (choice: Choice) => void
}): ReactNode {
  const { set, choice, onChoice } = props
  const [open, setOpen] = useState(false)
  const panel = useId()
  const all = allBits(set)
  const bits = choice.get(set.id) ?? new Set<number>()
  return (
    <div>
      <Checkbox
        label={text.wizard.allFields(set.label)}
        description={set.institution.name}
        checked={bits.size === all.size}
        indeterminate={bits.size > 0 && bits.size < all.size}
        onChange={() => onChoice(toggle(choice, set.id, all, bits.size < all.size))}
      />
      <Button
        variant="subtle"
        size="compact-md"
        mt={4}
        aria-expanded={open}
        aria-controls={panel}
        onClick={() => setOpen(!open)}
      >
        {open ? text.wizard.hideFields(set.label) : text.wizard.showFields(set.label)}
      </Button>
      <Collapse expanded={open} id={panel}>
        <div className="stack" style={{ padding: '.5rem 0 .5rem 2rem' }}>
          {set.current?.fields.map((field) => (
            <Checkbox
              key={field.bit}
              label={field.label}
              checked={bits.has(field.bit)}
              onChange={(event) =>
                onChoice(toggle(choice, set.id, [field.bit], event.currentTarget.checked))
              }
            />
          ))}
          {set.current ? null : <Text c="dimmed">{common.loading}</Text>}
        </div>
      </Collapse>
    </div>
  )
}
