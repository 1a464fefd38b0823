import type { ReactNode } from 'react'
import { share as text } from '../../text/share.ts'
import { Confirm } from '../Confirm.tsx'
import type { Share } from '../model.ts'
import { useSession } from '../SessionContext.tsx'

/** Stops a share: two taps. */
export function StopShare(props: { share: Share }): ReactNode {
  const session = useSession()
  const name = props.share.viewer.name
  return (
    <Confirm
      button={text.detail.stop}
      of={name}
      ask={text.detail.stopAsk(name)}
      keep={text.detail.keep}
      done={text.detail.stopped(name)}
      danger
      act={() => session.stopShare(props.share)}
    />
  )
}
