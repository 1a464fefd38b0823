import { notifications } from '@mantine/notifications'
import { useEffect, useRef } from 'react'
import { common } from '../text/common.ts'
import { home } from '../text/home.ts'
import { noticeText } from './notices.ts'
import { useSnapshot } from './SessionContext.tsx'

/** Shows what comes in while the app is open, without reloading. */
export function NoticePopups(): null {
  const { notices } = useSnapshot()
  const known = useRef<readonly string[]>(notices.map(({ id }) => id))
  useEffect(() => {
    const before = known.current
    known.current = notices.map(({ id }) => id)
    for (const notice of notices)
      if (!before.includes(notice.id) && !notice.seen)
        notifications.show({
          title: home.notices,
          message: noticeText(notice),
          closeButtonProps: { 'aria-label': common.close },
        })
  }, [notices])
  return null
}
