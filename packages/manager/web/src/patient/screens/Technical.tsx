import type { ReactNode } from 'react'
import { common } from '../../text/common.ts'
import { me } from '../../text/me.ts'
import { Facts } from '../../ui/Facts.tsx'
import { Page } from '../../ui/Page.tsx'
import { useSnapshot } from '../SessionContext.tsx'

/** Addresses, blocks, doors: for people who check for themselves. */
export default function Technical(): ReactNode {
  const { technical, freshness } = useSnapshot()
  return (
    <Page title={me.technical} lead={me.technicalLead} back={{ to: '/me', label: me.title }}>
      <p>{common.toldBy(freshness.toldBy.join(', ') || '-')}</p>
      <div className="panel">
        <Facts
          facts={technical.rows.map(({ label, value }) => [
            label,
            <span key="v" className="mono">
              {value}
            </span>,
          ])}
        />
      </div>
    </Page>
  )
}
