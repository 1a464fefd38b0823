import { Anchor, Text } from '@mantine/core'
import type { ReactNode } from 'react'
import { entry } from '../../text/entry.ts'
import { Section } from '../../ui/Page.tsx'
import { Tone } from '../../ui/Tone.tsx'
import { Waiting } from '../../ui/Waiting.tsx'
import type { DemoPerson, DemoStaff, Person } from '../entrance.ts'
import { portal } from '../live/portal.ts'
import { useAsked } from '../SessionContext.tsx'
import { keepOnDevice } from '../vault.ts'
import { loadEntrance } from './loadEntrance.ts'
import { PersonCard } from './PersonCard.tsx'

/** "Sign in as": the made-up people of the demo, and where their institutions' staff sign in. */
export function DemoPeople(props: { onPerson: (person: Person) => void }): ReactNode {
  const asked = useAsked('people', () => portal.people())
  const choose = async (person: DemoPerson): Promise<void> => {
    const entrance = await loadEntrance()
    const entropy = entrance.entropyOf(person.words)
    const id = entrance.idOf(entropy)
    await keepOnDevice(entropy, { id, label: person.name })
    props.onPerson({ id, name: person.name, entropy })
  }
  if (asked.state === 'loading') return <Waiting />
  if (asked.state === 'failed') return <Tone mood="bad">{asked.reason}</Tone>
  return (
    <>
      <Section title={entry.demo.title}>
        <Text c="dimmed" mb="md">
          {entry.demo.lead}
        </Text>
        <div className="people">
          {asked.value.people.map((person) => (
            <PersonCard
              key={person.name}
              name={person.name}
              about={person.about}
              kind={entry.demo.kinds[person.kind]}
              onChoose={() => void choose(person)}
            />
          ))}
        </div>
      </Section>
      <Section title={entry.demo.staff}>
        <Text c="dimmed" mb="md">
          {entry.demo.staffLead}
        </Text>
        <div className="people">
          {asked.value.staff.map((staff) => (
            <StaffCard key={`${staff.institution}${staff.login}`} staff={staff} />
          ))}
        </div>
      </Section>
    </>
  )
}

function StaffCard(props: { staff: DemoStaff }): ReactNode {
  const { staff } = props
  return (
    <div className="panel">
      <Anchor href={new URL('/staff', staff.url).href} target="_blank" rel="noreferrer">
        {entry.demo.staffLink(staff.name, staff.institution)}
      </Anchor>
      <Text c="dimmed" fz="sm">
        {staff.title ?? staff.role} · {entry.demo.login}: <code>{staff.login}</code> ·{' '}
        {entry.demo.password}: <code>{staff.password}</code>
      </Text>
    </div>
  )
}
