import { Button, Checkbox, PasswordInput } from '@mantine/core'
import { type ReactNode, useState } from 'react'
import { database } from '../../text/database.ts'
import { Facts } from '../../ui/Facts.tsx'
import { Tone } from '../../ui/Tone.tsx'
import { Trouble } from '../Trouble.tsx'
import { databaseApi, type Kept, type Plan, type Trial } from './api.ts'
import { Code, Rights } from './Rights.tsx'
import { useTrial } from './useTrial.ts'

const text = database.setup

/** Writes the configuration on the node, and says how it takes effect. */
export function SaveStep(props: { plan: Plan; trial: Trial }): ReactNode {
  const { plan, trial } = props
  const [password, setPassword] = useState('')
  const [acceptRights, setAccept] = useState(false)
  const [kept, setKept] = useState<Kept & { readonly restart: string }>()
  const { isBusy, trouble, run } = useTrial()
  if (kept) return <Saved kept={kept} />
  const isTooWide = trial.excess.length > 0
  return (
    <form
      className="panel stack"
      onSubmit={(event) => {
        event.preventDefault()
        run(async () => setKept(await databaseApi.save(plan, { password, acceptRights })))
      }}
    >
      <p style={{ margin: 0 }}>{text.saveLead}</p>
      {isTooWide ? (
        <>
          <Rights excess={trial.excess} role={trial.role} />
          <Checkbox
            label={text.accept}
            checked={acceptRights}
            onChange={(event) => setAccept(event.currentTarget.checked)}
          />
        </>
      ) : null}
      <PasswordInput
        label={text.password}
        value={password}
        onChange={(event) => setPassword(event.currentTarget.value)}
        autoComplete="current-password"
        required
      />
      <Button type="submit" loading={isBusy} disabled={isTooWide && !acceptRights}>
        {text.save}
      </Button>
      {trouble ? <Trouble trouble={trouble} /> : null}
    </form>
  )
}

function Saved(props: { kept: Kept & { readonly restart: string } }): ReactNode {
  const { files, losesWriting, restart } = props.kept
  return (
    <div className="stack">
      <Tone mood="good" title={text.saved} live>
        {text.savedAbout}
      </Tone>
      <Code lines={[restart]} label={text.saved} />
      {losesWriting ? <Tone mood="warn">{text.losesWriting}</Tone> : null}
      <div className="panel">
        <Facts
          facts={[
            [
              text.files,
              files.map((file) => (
                <div key={file} className="mono">
                  {file}
                </div>
              )),
            ],
          ]}
        />
      </div>
    </div>
  )
}
