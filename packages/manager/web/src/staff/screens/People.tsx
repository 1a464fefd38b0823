import { Text, TextInput } from '@mantine/core'
import { type ReactNode, useDeferredValue, useState } from 'react'
import { useAsked } from '../../patient/SessionContext.tsx'
import { staff } from '../../text/staff.ts'
import { showDate } from '../../ui/dates.ts'
import { LinkCard, Small } from '../../ui/LinkCard.tsx'
import { Mark } from '../../ui/Mark.tsx'
import { Nothing } from '../../ui/Nothing.tsx'
import { Page } from '../../ui/Page.tsx'
import { Tone } from '../../ui/Tone.tsx'
import { Waiting } from '../../ui/Waiting.tsx'
import { api, type ListedPerson } from '../api.ts'
import { Lookup } from '../Lookup.tsx'
import { useLiveCount } from '../live.ts'
import { PersonStatus } from '../PersonStatus.tsx'

/** Everybody with a file here, and the registrar's look-up. */
export function People(): ReactNode {
  const live = useLiveCount()
  const [search, setSearch] = useState('')
  const wanted = useDeferredValue(search.trim())
  const asked = useAsked(`${wanted} ${live}`, () => api.people(wanted))
  return (
    <Page title={staff.people.title} lead={staff.people.lead}>
      <TextInput
        label={staff.people.search}
        type="search"
        value={search}
        onChange={(event) => setSearch(event.currentTarget.value)}
        mb="md"
      />
      <details className="technical" style={{ margin: '0 0 1rem' }}>
        <summary>{staff.lookup.title}</summary>
        <Text c="dimmed">{staff.lookup.lead}</Text>
        <Lookup />
      </details>
      {asked.state === 'loading' ? <Waiting /> : null}
      {asked.state === 'failed' ? <Tone mood="bad">{asked.reason}</Tone> : null}
      {asked.state === 'ready' ? <List people={asked.value.people} /> : null}
    </Page>
  )
}

function List(props: { people: readonly ListedPerson[] }): ReactNode {
  if (props.people.length === 0) return <Nothing title={staff.people.none} />
  return (
    <ul className="plain people">
      {props.people.map((person) => (
        <li key={person.id}>
          <LinkCard
            to={`/people/${encodeURIComponent(person.id)}`}
            title={person.name}
            mark={<Mark name={person.name} />}
          >
            <Small>
              {[staff.people.born(showDate(person.birthDate)), sexOf(person.sex)]
                .filter(Boolean)
                .join(' · ')}
            </Small>
            <PersonStatus status={person.status ?? 'none'} />
          </LinkCard>
        </li>
      ))}
    </ul>
  )
}

function sexOf(sex: string | null | undefined): string {
  return sex ? (staff.people.sex[sex.toLowerCase()] ?? sex) : ''
}
