import { Progress as Bar, Button, Text } from '@mantine/core'
import { type ReactNode, useEffect, useState } from 'react'
import { common } from '../../text/common.ts'
import { entry } from '../../text/entry.ts'
import { Page } from '../../ui/Page.tsx'
import { Tone } from '../../ui/Tone.tsx'
import type { Person, PortalConfig, Progress } from '../entrance.ts'
import type { Session } from '../model.ts'
import { EntryFrame } from './EntryFrame.tsx'
import { loadEntrance } from './loadEntrance.ts'
import { Register } from './Register.tsx'

type State =
  | { kind: 'opening'; progress: Progress }
  | { kind: 'unregistered' }
  | { kind: 'failed'; reason: string }

/** Opens the session and says how far it is; asks for the invitation of somebody not registered yet. */
export function Opening(props: {
  config: PortalConfig
  person: Person
  onOpen: (session: Session) => void
  onLeave: () => void
}): ReactNode {
  const { config, person, onOpen } = props
  const [state, setState] = useState<State>({ kind: 'opening', progress: { step: 'connecting' } })
  const [attempt, setAttempt] = useState(0)
  // biome-ignore lint/correctness/useExhaustiveDependencies: once per person and attempt
  useEffect(() => {
    let left = false
    const stop = new AbortController()
    const open = async (): Promise<void> => {
      setState({ kind: 'opening', progress: { step: 'connecting' } })
      const entrance = await loadEntrance()
      const session = await entrance.open({
        config,
        ...person,
        onProgress: (progress) => !left && setState({ kind: 'opening', progress }),
        signal: stop.signal,
      })
      if (left) await session?.end()
      else if (session) onOpen(session)
      else setState({ kind: 'unregistered' })
    }
    open().catch((error) => {
      if (!left)
        setState({ kind: 'failed', reason: error instanceof Error ? error.message : String(error) })
    })
    return () => {
      left = true
      stop.abort()
    }
  }, [attempt, person.id])
  return (
    <EntryFrame demo={config.demo}>
      {state.kind === 'opening' ? <Steps progress={state.progress} onStop={props.onLeave} /> : null}
      {state.kind === 'unregistered' ? (
        <Register
          config={config}
          person={person}
          onRegistered={() => setAttempt(attempt + 1)}
          onLeave={props.onLeave}
        />
      ) : null}
      {state.kind === 'failed' ? (
        <Page title={entry.restore.failed}>
          <div className="stack">
            <Tone mood="bad" live>
              {state.reason} {entry.restore.failedAfter}
            </Tone>
            <Button onClick={() => setAttempt(attempt + 1)}>{common.tryAgain}</Button>
            <Button variant="default" onClick={props.onLeave}>
              {entry.register.later}
            </Button>
          </div>
        </Page>
      ) : null}
    </EntryFrame>
  )
}

const order = ['connecting', 'following', 'reading', 'fetching', 'ready'] as const

function Steps(props: { progress: Progress; onStop: () => void }): ReactNode {
  const { step, done, total } = props.progress
  const share = total ? (done ?? 0) / total : 0
  const value = ((order.indexOf(step) + share) / (order.length - 1)) * 100
  return (
    <Page title={entry.restore.opening}>
      <div className="panel stack" role="status">
        <Text>
          {entry.restore.progress[step]}
          {total ? ` (${entry.restore.of(done ?? 0, total)})` : ''}
        </Text>
        <Bar value={value} aria-label={entry.restore.opening} />
      </div>
      {step === 'following' ? (
        <div className="stack" style={{ marginTop: '1rem' }}>
          <Text>{entry.restore.stopLead}</Text>
          <Button variant="default" onClick={props.onStop}>
            {entry.restore.stop}
          </Button>
        </div>
      ) : null}
    </Page>
  )
}
