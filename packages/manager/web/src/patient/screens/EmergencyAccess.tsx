import { Button, Checkbox, NativeSelect, Textarea, TextInput } from '@mantine/core'
import { type FormEvent, type ReactNode, useState } from 'react'
import { emergency as text } from '../../text/acting.ts'
import { common } from '../../text/common.ts'
import { me } from '../../text/me.ts'
import { showMoment } from '../../ui/dates.ts'
import { Nothing } from '../../ui/Nothing.tsx'
import { Page } from '../../ui/Page.tsx'
import { Tone } from '../../ui/Tone.tsx'
import type { EmergencyAnswer, EmergencyDraft } from '../model.ts'
import { RecordSets } from '../RecordSets.tsx'
import { ScanCard } from '../ScanCard.tsx'
import { useSession, useSnapshot } from '../SessionContext.tsx'
import { usePassed } from '../usePassed.ts'

/** Emergency access for certified clinicians: warning, who and why, then the records for four hours. */
export default function EmergencyAccess(): ReactNode {
  const { me: own } = useSnapshot()
  const [answer, setAnswer] = useState<EmergencyAnswer>()
  const back = { to: '/me', label: me.title }
  if (!own.clinician)
    return (
      <Page title={common.nothing} back={back}>
        <Nothing />
      </Page>
    )
  return (
    <Page title={text.title} lead={text.about} back={back}>
      {answer?.kind === 'opened' ? (
        <Opened answer={answer} onClose={() => setAnswer(undefined)} />
      ) : (
        <div className="stack">
          <Tone mood="warn" title={text.warning}>
            {text.warningAbout}
          </Tone>
          <Ask onAnswer={setAnswer} />
          {answer?.kind === 'refused' ? (
            <Tone mood="bad" title={common.refusedBefore} live>
              {answer.words}
            </Tone>
          ) : null}
        </div>
      )}
    </Page>
  )
}

const shortestReason = 10

function Ask(props: { onAnswer: (answer: EmergencyAnswer) => void }): ReactNode {
  const session = useSession()
  const { institutions, me: own } = useSnapshot()
  const [draft, setDraft] = useState<EmergencyDraft>({
    card: '',
    institution: institutions[0]?.idTag ?? '0x',
    name: own.name,
    reason: '',
  })
  const [isSure, setSure] = useState(false)
  const [tried, setTried] = useState(false)
  const [busy, setBusy] = useState(false)
  const set = (change: Partial<EmergencyDraft>): void => setDraft({ ...draft, ...change })
  const missing = (value: string, least = 1): string | undefined =>
    tried && value.trim().length < least ? common.required : undefined
  const isWhole = draft.card.trim() !== '' && draft.name.trim().length > 1
  const open = async (event: FormEvent): Promise<void> => {
    event.preventDefault()
    setTried(true)
    if (!isSure || !isWhole || draft.reason.trim().length < shortestReason) return
    setBusy(true)
    try {
      props.onAnswer(await session.openEmergency(draft))
    } catch (error) {
      const words = error instanceof Error ? error.message : String(error)
      props.onAnswer({ kind: 'refused', words })
    } finally {
      setBusy(false)
    }
  }
  return (
    <form className="panel stack" onSubmit={(event) => void open(event)}>
      <Fields draft={draft} set={set} missing={missing} />
      <Checkbox
        label={text.sure}
        checked={isSure}
        onChange={(event) => setSure(event.currentTarget.checked)}
        error={tried && !isSure ? text.sureMissing : undefined}
      />
      <Button type="submit" color="danger" loading={busy}>
        {text.open}
      </Button>
    </form>
  )
}

function Fields(props: {
  draft: EmergencyDraft
  set: (change: Partial<EmergencyDraft>) => void
  missing: (value: string, least?: number) => string | undefined
}): ReactNode {
  const { draft, set, missing } = props
  const { institutions } = useSnapshot()
  return (
    <>
      <Textarea
        label={text.card}
        description={text.cardAbout}
        value={draft.card}
        onChange={(event) => set({ card: event.currentTarget.value })}
        error={missing(draft.card)}
        autosize
        minRows={2}
        autoComplete="off"
        spellCheck={false}
      />
      <ScanCard onCard={(card) => set({ card })} />
      <NativeSelect
        label={text.where}
        value={draft.institution}
        onChange={(event) => set({ institution: event.currentTarget.value as `0x${string}` })}
        data={institutions.map(({ idTag, name }) => ({ value: idTag, label: name }))}
      />
      <TextInput
        label={text.name}
        description={text.nameAbout}
        value={draft.name}
        onChange={(event) => set({ name: event.currentTarget.value })}
        error={missing(draft.name, 2)}
        maxLength={100}
      />
      <Textarea
        label={text.reason}
        description={text.reasonAbout}
        value={draft.reason}
        onChange={(event) => set({ reason: event.currentTarget.value })}
        error={missing(draft.reason, shortestReason)}
        autosize
        minRows={2}
        maxLength={300}
      />
    </>
  )
}

function Opened(props: {
  answer: Extract<EmergencyAnswer, { kind: 'opened' }>
  onClose: () => void
}): ReactNode {
  const { sets, until } = props.answer
  const isOver = usePassed(until)
  return (
    <div className="stack">
      <Tone mood="warn" title={isOver ? text.over : text.banner} live>
        {isOver ? text.overAbout : text.bannerAbout(showMoment(until))}
      </Tone>
      {isOver ? null : <RecordSets sets={sets} />}
      <Button variant="default" onClick={props.onClose}>
        {text.close}
      </Button>
    </div>
  )
}
