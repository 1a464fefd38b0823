import { Button, Progress } from '@mantine/core'
import { type ReactNode, useEffect, useRef, useState } from 'react'
import { common } from '../text/common.ts'
import { record } from '../text/record.ts'
import { offerFile } from '../ui/offerFile.ts'
import { Tone } from '../ui/Tone.tsx'
import type { RecordSet, SavedProof, Table } from './model.ts'
import { useSession } from './SessionContext.tsx'

const text = record.proof

type State =
  | { readonly is: 'idle' | 'done' }
  | { readonly is: 'working'; readonly read: Table['read'] }
  | { readonly is: 'some'; readonly saved: SavedProof }
  | { readonly is: 'failed'; readonly reason: string }

/** Under "Technical details": a file that proves to others what is shown here, all of a long record. */
export function SaveProof(props: { set: RecordSet }): ReactNode {
  const { set } = props
  const session = useSession()
  const [state, setState] = useState<State>({ is: 'idle' })
  const running = useRef<AbortController>(undefined)
  useEffect(() => () => running.current?.abort(), [])
  const isLong = set.current?.read !== undefined
  const save = async (): Promise<void> => {
    const control = new AbortController()
    running.current = control
    setState({ is: 'working', read: undefined })
    try {
      const saved = await session.saveProof(set, {
        signal: control.signal,
        told: (read) => setState({ is: 'working', read }),
      })
      const name = `${set.resource}-v${saved.version}.proof.json`
      offerFile(saved.read ? `${name}l` : name, saved.file)
      setState(saved.reason === undefined ? { is: 'done' } : { is: 'some', saved })
    } catch (error) {
      setState({ is: 'failed', reason: error instanceof Error ? error.message : String(error) })
    }
  }
  return (
    <details className="technical">
      <summary>{common.technical}</summary>
      <p>{text.about}</p>
      {isLong ? <p>{text.longAbout(set.current?.read?.rows ?? 0)}</p> : null}
      <Button variant="default" loading={state.is === 'working'} onClick={() => void save()}>
        {text.save}
      </Button>
      {state.is === 'working' && isLong ? (
        <Saving read={state.read} onStop={() => running.current?.abort()} />
      ) : null}
      <Outcome state={state} />
    </details>
  )
}

function Saving(props: { read: Table['read']; onStop: () => void }): ReactNode {
  const { read, onStop } = props
  return (
    <div style={{ marginTop: '.6rem' }}>
      <p role="status">{read ? text.progress(read.rowsRead, read.rows) : common.loading}</p>
      <Progress value={read ? (100 * read.partsRead) / read.parts : 0} aria-hidden />
      <Button variant="default" size="sm" mt="sm" onClick={onStop}>
        {record.long.stop}
      </Button>
    </div>
  )
}

function Outcome(props: { state: State }): ReactNode {
  const { state } = props
  if (state.is === 'done')
    return (
      <Tone mood="good" live>
        {text.saved}
      </Tone>
    )
  if (state.is === 'some')
    return (
      <Tone mood="warn" title={state.saved.reason ?? ''} live>
        {text.some(state.saved.read?.rowsRead ?? 0, state.saved.read?.rows ?? 0)}
      </Tone>
    )
  return state.is === 'failed' ? <Tone mood="bad">{state.reason}</Tone> : null
}
