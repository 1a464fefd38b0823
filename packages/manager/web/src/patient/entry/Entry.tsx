import { type ReactNode, useState } from 'react'
import { Route, Switch, useLocation } from 'wouter'
import type { Person, PortalConfig } from '../entrance.ts'
import type { Keeper } from '../vault.ts'
import { Create } from './Create.tsx'
import { enter } from './currentPerson.ts'
import { EntryFrame } from './EntryFrame.tsx'
import { Restore } from './Restore.tsx'
import { Unlock } from './Unlock.tsx'
import { Welcome } from './Welcome.tsx'

/** The screens before somebody is signed in. */
export function Entry(props: {
  config: PortalConfig
  onPerson: (person: Person) => void
}): ReactNode {
  const [keeper, setKeeper] = useState<Keeper>()
  const [, go] = useLocation()
  const arrive = (person: Person): void => {
    enter(person.id)
    go('/')
    props.onPerson(person)
  }
  return (
    <EntryFrame demo={props.config.demo}>
      <Switch>
        <Route path="/start">
          <Create onPerson={arrive} />
        </Route>
        <Route path="/restore">
          <Restore onPerson={arrive} />
        </Route>
        <Route path="/unlock">{keeper ? <Unlock keeper={keeper} onPerson={arrive} /> : null}</Route>
        <Route>
          <Welcome
            config={props.config}
            onPerson={arrive}
            onKeeper={(chosen) => {
              setKeeper(chosen)
              go('/unlock')
            }}
          />
        </Route>
      </Switch>
    </EntryFrame>
  )
}
