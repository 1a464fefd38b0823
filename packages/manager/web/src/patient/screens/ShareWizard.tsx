import { Text } from '@mantine/core'
import { type ReactNode, useMemo, useState } from 'react'
import { useSearchParams } from 'wouter'
import { common } from '../../text/common.ts'
import { share as text } from '../../text/share.ts'
import { Page } from '../../ui/Page.tsx'
import { allBits, type Choice, type UntilName } from '../draft.ts'
import type { RecordSet, Who } from '../model.ts'
import { useSnapshot } from '../SessionContext.tsx'
import { ConfirmStep } from '../share/ConfirmStep.tsx'
import { UntilStep } from '../share/UntilStep.tsx'
import { WhatStep } from '../share/WhatStep.tsx'
import { WhoStep } from '../share/WhoStep.tsx'
import { WhyStep } from '../share/WhyStep.tsx'

/** Person, records, reason, end, check: five taps with a preset, and one to confirm what was shown. */
export default function ShareWizard(): ReactNode {
  const { contacts } = useSnapshot()
  const usable = useShareable()
  const [search] = useSearchParams()
  const asked = usable.find(({ id }) => id === search.get('set'))
  const known = contacts.find(({ idTag }) => idTag === search.get('to'))
  const [step, setStep] = useState(known ? 1 : 0)
  const [viewer, setViewer] = useState<Who | undefined>(known)
  const [choice, setChoice] = useState<Choice>(
    () => new Map(asked ? [[asked.id, allBits(asked)]] : []),
  )
  const [purpose, setPurpose] = useState<number>()
  const [until, setUntil] = useState<{ name: UntilName; date: string }>()
  const title = text.wizard.titles[step] as string
  return (
    <Page
      title={viewer && step === 4 ? text.wizard.ask(viewer.name) : title}
      lead={<Text c="dimmed">{text.wizard.step(step + 1, text.wizard.titles.length)}</Text>}
      {...(step === 0 ? { back: { to: '/share', label: text.title } } : {})}
    >
      {step === 0 ? (
        <WhoStep
          onChoose={(who) => {
            setViewer(who)
            setStep(1)
          }}
        />
      ) : null}
      {step === 1 ? (
        <WhatStep
          records={usable}
          choice={choice}
          onChoice={setChoice}
          onNext={() => setStep(2)}
          onBack={() => setStep(0)}
        />
      ) : null}
      {step === 2 ? (
        <WhyStep
          onChoose={(why) => {
            setPurpose(why)
            setStep(3)
          }}
          onBack={() => setStep(1)}
        />
      ) : null}
      {step === 3 ? (
        <UntilStep
          onChoose={(chosen) => {
            setUntil(chosen)
            setStep(4)
          }}
          onBack={() => setStep(2)}
        />
      ) : null}
      {step === 4 && viewer && until && purpose !== undefined ? (
        <ConfirmStep
          viewer={viewer}
          choice={choice}
          records={usable}
          purpose={purpose}
          until={until}
          onBack={() => setStep(1)}
        />
      ) : null}
      {usable.length === 0 ? <Text c="dimmed">{common.nothing}</Text> : null}
    </Page>
  )
}

/** Records that somebody chosen could open: of connections that stand, at institutions that the network certifies. */
function useShareable(): readonly RecordSet[] {
  const { records, relationships } = useSnapshot()
  return useMemo(() => {
    const open = new Set(
      relationships
        .filter(({ status, certified }) => status === 'accepted' && certified)
        .map(({ id }) => id),
    )
    return records.filter((set) => open.has(set.relationship) && set.current)
  }, [records, relationships])
}
