import { notifications } from '@mantine/notifications'
import { useEffect, useRef } from 'react'
import { home } from '../text/home.ts'
import { noticeText } from './notices.ts'
import { useSnapshot } from './SessionContext.tsx'

/** Shows what comes in while the app is open, without reloading. */
export function NoticePopups(): null {
  const { notices } = useSnapshot()
  const known = useRef<ReadonlySet<string> | null>(null)
  useEffect(() => {
    const before = known.current
    known.current = new Set(notices.map(({ id }) => id))
    if (!before) return
    for (const notice of notices)
      if (!before.has(notice.id) && !notice.seen)
        notifications.show({ title: home.notices, message: noticeText(notice) })
  }, [notices])
  return null
}
