import { Button, NativeSelect, Text, TextInput } from '@mantine/core'
import { type ReactNode, useDeferredValue, useMemo, useState } from 'react'
import { common } from '../../text/common.ts'
import { record } from '../../text/record.ts'
import { showDate } from '../../ui/dates.ts'
import { LinkCard, Small } from '../../ui/LinkCard.tsx'
import { Nothing } from '../../ui/Nothing.tsx'
import { Page, Section } from '../../ui/Page.tsx'
import { CategoryMark } from '../CategoryMark.tsx'
import { groupedBy } from '../groupedBy.ts'
import type { RecordSet } from '../model.ts'
import { type Item, itemsOf } from '../present.ts'
import { useSnapshot } from '../SessionContext.tsx'
import { SetMarks } from '../SetMarks.tsx'

const page = 60

/** Everything from everywhere, newest first, with its source. */
export default function Timeline(): ReactNode {
  const { records } = useSnapshot()
  const [category, setCategory] = useState(0)
  const [place, setPlace] = useState('')
  const [find, setFind] = useState('')
  const [shown, setShown] = useState(page)
  const wanted = useDeferredValue(find.trim().toLowerCase())
  const items = useMemo(() => sortedItems(records), [records])
  const places = [...new Set(records.map((set) => set.institution.name))].toSorted()
  const fitting = items.filter(
    (item) =>
      (category === 0 || item.set.category === category) &&
      (place === '' || item.set.institution.name === place) &&
      (wanted === '' ||
        `${item.title} ${item.value ?? ''} ${item.set.label}`.toLowerCase().includes(wanted)),
  )
  if (records.length === 0)
    return (
      <Page title={record.title}>
        <Nothing>{record.empty}</Nothing>
      </Page>
    )
  return (
    <Page title={record.title} lead={record.lead(items.length, places.length)}>
      <div className="stack">
        <CategoryChips records={records} value={category} onChange={setCategory} />
        <TextInput
          label={record.find}
          type="search"
          value={find}
          onChange={(event) => setFind(event.currentTarget.value)}
        />
        {places.length > 1 ? (
          <NativeSelect
            label={record.from}
            value={place}
            data={[{ value: '', label: record.anywhere }, ...places]}
            onChange={(event) => setPlace(event.currentTarget.value)}
          />
        ) : null}
      </div>
      {fitting.length === 0 ? (
        <div style={{ marginTop: '1rem' }}>
          <Nothing>{record.noMatch}</Nothing>
        </div>
      ) : null}
      <Years items={fitting.slice(0, shown)} />
      {fitting.length > shown ? (
        <Button variant="default" fullWidth mt="md" onClick={() => setShown(shown + page)}>
          {common.more}
        </Button>
      ) : null}
      <Section title={record.tables}>
        <div className="people">
          {records.map((set) => (
            <LinkCard
              key={set.id}
              to={`/record/${set.id}`}
              title={set.label}
              mark={<CategoryMark category={set.category} />}
            >
              <Small>{set.institution.name}</Small>
              <SetMarks set={set} />
            </LinkCard>
          ))}
        </div>
      </Section>
    </Page>
  )
}

function sortedItems(records: readonly RecordSet[]): readonly Item[] {
  return records.flatMap(itemsOf).toSorted((a, b) => b.date.localeCompare(a.date))
}

function CategoryChips(props: {
  records: readonly RecordSet[]
  value: number
  onChange: (category: number) => void
}): ReactNode {
  const present = [...new Set(props.records.map(({ category }) => category))].toSorted(
    (a, b) => a - b,
  )
  return (
    <fieldset className="chips" style={{ border: 0, padding: 0, margin: 0 }}>
      <legend style={{ marginBottom: '.4rem', fontWeight: 600 }}>{record.filter}</legend>
      {[0, ...present].map((category) => (
        <button
          key={category}
          type="button"
          aria-pressed={props.value === category}
          onClick={() => props.onChange(category)}
        >
          {category === 0 ? record.all : (common.categories[category] ?? category)}
        </button>
      ))}
    </fieldset>
  )
}

function Years(props: { items: readonly Item[] }): ReactNode {
  const years = groupedBy(props.items, (item) => item.date.slice(0, 4) || record.noDate)
  return [...years].map(([year, items]) => (
    <section key={year} aria-label={year}>
      <h2 className="year" style={{ fontSize: '1.05rem' }}>
        {year}
      </h2>
      <ol className="plain stack">
        {items.map((item) => (
          <li key={`${item.set.id}${item.key}`}>
            <LinkCard
              to={`/record/${item.set.id}/${encodeURIComponent(item.key)}`}
              title={item.title}
              mark={<CategoryMark category={item.set.category} />}
            >
              {item.value ? (
                <Text component="span" style={{ display: 'block' }}>
                  {item.value}
                </Text>
              ) : null}
              <Small>
                {[item.date ? showDate(item.date) : undefined, item.set.institution.name]
                  .filter(Boolean)
                  .join(' · ')}
              </Small>
              <SetMarks set={item.set} />
            </LinkCard>
          </li>
        ))}
      </ol>
    </section>
  ))
}
