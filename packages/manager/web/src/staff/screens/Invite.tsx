import { Button, List, Text, Title } from '@mantine/core'
import { type ReactNode, useState } from 'react'
import { useAsked } from '../../patient/SessionContext.tsx'
import { staff } from '../../text/staff.ts'
import { showMoment } from '../../ui/dates.ts'
import { Facts } from '../../ui/Facts.tsx'
import { Page } from '../../ui/Page.tsx'
import { QrCode } from '../../ui/QrCode.tsx'
import { api, type Invitation } from '../api.ts'
import { Trouble, type TroubleFacts, troubleOf } from '../Trouble.tsx'

const text = staff.invitation

/** A printable invitation for somebody the registrar does not know yet. */
export default function Invite(props: { id: string }): ReactNode {
  const person = useAsked(props.id, () => api.patient(props.id))
  const [invitation, setInvitation] = useState<Invitation>()
  const [trouble, setTrouble] = useState<TroubleFacts>()
  const name = person.state === 'ready' ? person.value.patient.name : '…'
  const make = async (): Promise<void> => {
    setTrouble(undefined)
    try {
      setInvitation(await api.invite(props.id))
    } catch (error) {
      setTrouble(troubleOf(error))
    }
  }
  return (
    <Page
      title={text.title}
      lead={text.lead(name)}
      back={{ to: `/people/${encodeURIComponent(props.id)}`, label: name }}
    >
      {trouble ? <Trouble trouble={trouble} /> : null}
      {invitation ? (
        <Sheet invitation={invitation} name={name} />
      ) : (
        <Button onClick={() => void make()}>{text.make}</Button>
      )}
    </Page>
  )
}

function Sheet(props: { invitation: Invitation; name: string }): ReactNode {
  const { invitation } = props
  return (
    <div className="panel stack" role="status">
      <Title order={2} fz="1.3rem">
        {props.name}
      </Title>
      <QrCode text={invitation.url} label={text.qr} />
      <List type="ordered" spacing="xs">
        {text.how.map((line) => (
          <List.Item key={line}>{line}</List.Item>
        ))}
      </List>
      <Facts
        facts={[
          [
            text.code,
            <strong key="c" className="mono" style={{ fontSize: '1.2rem' }}>
              {invitation.code}
            </strong>,
          ],
          [
            text.address,
            <span key="a" className="mono">
              {invitation.url}
            </span>,
          ],
        ]}
      />
      <Text>{text.expires(showMoment(invitation.expires))}</Text>
      <Button className="no-print" onClick={() => window.print()}>
        {text.print}
      </Button>
    </div>
  )
}
