import { Button, NativeSelect, Switch, TextInput } from '@mantine/core'
import { type FormEvent, type ReactNode, useState } from 'react'
import { Link } from 'wouter'
import { acting as text } from '../text/acting.ts'
import { common } from '../text/common.ts'
import { Choice } from '../ui/Choice.tsx'
import { now } from '../ui/dates.ts'
import { WishStatus } from '../ui/WishStatus.tsx'
import { CategoryTicks } from './CategoryTicks.tsx'
import { useSession, useSnapshot, useWish } from './SessionContext.tsx'

type ScopeName = keyof typeof text.scopes

const all = Object.keys(common.categories).map(Number)
const scopes: Readonly<Record<Exclude<ScopeName, 'own'>, readonly number[]>> = {
  everything: all,
  medicines: [3, 4],
}
const longestYears = 20
const secondsPerYear = 31_557_600

/** Last second of a day to come, or undefined. */
function endOf(day: string): number | undefined {
  const end = Math.floor(Date.parse(`${day}T23:59:59`) / 1000)
  return end > now() && end < now() + longestYears * secondsPerYear ? end : undefined
}

/** Lets a contact act for the person: who, where, what, until when. */
export function GiveDelegation(): ReactNode {
  const session = useSession()
  const { contacts, relationships } = useSnapshot()
  const wish = useWish()
  const places = relationships.filter(
    ({ status, policy }) => status === 'accepted' && policy === 'subjectOnly',
  )
  const [who, setWho] = useState('')
  const [where, setWhere] = useState('')
  const [scope, setScope] = useState<ScopeName>('everything')
  const [own, setOwn] = useState<readonly number[]>([])
  const [mayShare, setMayShare] = useState(false)
  const [day, setDay] = useState('')
  const [tried, setTried] = useState(false)
  if (contacts.length === 0)
    return (
      <div className="panel stack">
        <p>{text.noContacts}</p>
        <Link href="/me/contacts">{text.addContact}</Link>
      </div>
    )
  if (places.length === 0) return <p className="panel">{text.noPlace}</p>
  const delegate = contacts.find(({ idTag }) => idTag === who) ?? contacts[0]
  const relationship = places.find(({ id }) => id === where) ?? places[0]
  const categories = scope === 'own' ? own : scopes[scope]
  const until = endOf(day)
  const give = (event: FormEvent): void => {
    event.preventDefault()
    setTried(true)
    if (!delegate || !relationship || !until || categories.length === 0) return
    const draft = { relationship: relationship.id, delegate, categories, mayShare, until }
    void wish.run(() => session.delegate(draft))
  }
  return (
    <form className="panel stack" onSubmit={give}>
      <NativeSelect
        label={text.who}
        description={text.whoAbout}
        value={delegate?.idTag ?? ''}
        onChange={(event) => setWho(event.currentTarget.value)}
        data={contacts.map(({ idTag, name }) => ({ value: idTag, label: name }))}
      />
      <NativeSelect
        label={text.where}
        value={relationship?.id ?? ''}
        onChange={(event) => setWhere(event.currentTarget.value)}
        data={places.map(({ id, institution }) => ({ value: id, label: institution.name }))}
      />
      <What scope={scope} onScope={setScope} own={own} onOwn={setOwn} />
      {tried && categories.length === 0 ? <p role="alert">{text.choose}</p> : null}
      <Switch
        label={text.mayShare}
        description={text.mayShareAbout}
        checked={mayShare}
        onChange={(event) => setMayShare(event.currentTarget.checked)}
      />
      <TextInput
        type="date"
        label={text.untilDay}
        description={text.untilAbout}
        value={day}
        onChange={(event) => setDay(event.currentTarget.value)}
        error={tried && !until ? text.untilWrong : undefined}
      />
      {wish.state === 'idle' || wish.state === 'refused' ? (
        <Button type="submit">{text.give}</Button>
      ) : null}
      <WishStatus wish={wish} done={text.given(delegate?.name ?? '')} />
    </form>
  )
}

function What(props: {
  scope: ScopeName
  onScope: (scope: ScopeName) => void
  own: readonly number[]
  onOwn: (own: readonly number[]) => void
}): ReactNode {
  return (
    <>
      <Choice
        legend={text.what}
        options={(Object.keys(text.scopes) as ScopeName[]).map((value) => ({
          value,
          label: text.scopes[value][0],
          about: text.scopes[value][1],
        }))}
        value={props.scope}
        onChange={props.onScope}
      />
      {props.scope === 'own' ? (
        <CategoryTicks legend={text.scopes.own[1]} chosen={props.own} onChange={props.onOwn} />
      ) : null}
    </>
  )
}
