import { Button, PasswordInput, TextInput } from '@mantine/core'
import { type ReactNode, useState } from 'react'
import { database } from '../../text/database.ts'
import { Trouble } from '../Trouble.tsx'
import { databaseApi, type Found, type Overview } from './api.ts'
import type { Draft } from './draft.ts'
import { useTrial } from './useTrial.ts'

const text = database.setup

/** Address and password of a database, tried at once. */
export function ConnectStep(props: {
  overview: Overview
  onFound: (found: Found, connection: Pick<Draft, 'address' | 'secret'>) => void
}): ReactNode {
  const { overview, onFound } = props
  const [address, setAddress] = useState(overview.address)
  const [secret, setSecret] = useState('')
  const trial = useTrial()
  return (
    <form
      className="panel stack"
      onSubmit={(event) => {
        event.preventDefault()
        trial.run(async () =>
          onFound(await databaseApi.connect(address.trim(), secret), {
            address: address.trim(),
            secret,
          }),
        )
      }}
    >
      <TextInput
        label={text.address}
        description={
          <>
            {text.addressAbout}{' '}
            {overview.places.map((place) => (
              <span key={place} className="mono" style={{ display: 'block' }}>
                {place}
              </span>
            ))}
            {text.more}
          </>
        }
        value={address}
        onChange={(event) => setAddress(event.currentTarget.value)}
        autoComplete="off"
        spellCheck={false}
        required
      />
      <PasswordInput
        label={text.secret}
        description={text.secretAbout}
        value={secret}
        onChange={(event) => setSecret(event.currentTarget.value)}
        autoComplete="new-password"
      />
      <Button type="submit" loading={trial.isBusy}>
        {text.test}
      </Button>
      {trial.trouble ? <Trouble trouble={trial.trouble} /> : null}
    </form>
  )
}
