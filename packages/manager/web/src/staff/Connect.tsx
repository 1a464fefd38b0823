import { Button, Text } from '@mantine/core'
import { type ReactNode, useState } from 'react'
import { useWish } from '../patient/SessionContext.tsx'
import { staff } from '../text/staff.ts'
import { Choice } from '../ui/Choice.tsx'
import { LinkButton } from '../ui/LinkButton.tsx'
import { WishStatus } from '../ui/WishStatus.tsx'
import { api, type Match, type PatientPage } from './api.ts'
import { Lookup } from './Lookup.tsx'
import { ShowCard } from './ShowCard.tsx'

const text = staff.patient

/** Proposes a relationship to the person found in the registrar, or leads to an invitation. */
export function Connect(props: { page: PatientPage }): ReactNode {
  const { patient } = props.page
  const [match, setMatch] = useState<Match>()
  const [policy, setPolicy] = useState<'subjectOnly' | 'dualConsent'>('subjectOnly')
  const wish = useWish()
  const propose = (idTag: Match['idTag']): void => {
    void wish.run(async () => {
      await api.propose(patient.id, idTag, policy)
      return { state: 'done' }
    })
  }
  return (
    <div className="stack">
      <Text c="dimmed">{match ? text.connectLead : text.needLookup}</Text>
      <Lookup patient={patient} onMatch={setMatch} />
      {match ? (
        <div className="panel stack">
          {match.mayPropose ? null : (
            <ShowCard
              localPatient={patient.id}
              onShown={() => setMatch({ ...match, mayPropose: true })}
            />
          )}
          <Choice
            legend={text.policy}
            value={policy}
            onChange={setPolicy}
            options={[
              { value: 'subjectOnly', label: text.subjectOnly },
              { value: 'dualConsent', label: text.dualConsent },
            ]}
          />
          <Button
            loading={wish.state === 'working'}
            disabled={!match.mayPropose}
            onClick={() => propose(match.idTag)}
          >
            {text.propose}
          </Button>
        </div>
      ) : (
        <LinkButton to={`/people/${encodeURIComponent(patient.id)}/invitation`} variant="default">
          {staff.lookup.invite}
        </LinkButton>
      )}
      <WishStatus wish={wish} done={text.proposed} />
    </div>
  )
}
