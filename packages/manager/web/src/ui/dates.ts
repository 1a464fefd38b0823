import { dates } from '../text/common.ts'

const day = new Intl.DateTimeFormat(dates.locale, {
  day: 'numeric',
  month: 'short',
  year: 'numeric',
})
const moment = new Intl.DateTimeFormat(dates.locale, {
  day: 'numeric',
  month: 'short',
  year: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
})
const clock = new Intl.DateTimeFormat(dates.locale, { hour: '2-digit', minute: '2-digit' })

/** Unix seconds, now. */
export function now(): number {
  return Math.floor(Date.now() / 1000)
}

export function showDay(seconds: number): string {
  return day.format(seconds * 1000)
}

export function showMoment(seconds: number): string {
  return moment.format(seconds * 1000)
}

export function showClock(seconds: number): string {
  return clock.format(seconds * 1000)
}

/** "3 minutes ago", or the date when it is longer ago than a day. */
export function ago(seconds: number): string {
  const passed = now() - seconds
  if (passed < 60) return dates.justNow
  if (passed < 3_600) return dates.minutesAgo(Math.floor(passed / 60))
  if (passed < 86_400) return dates.hoursAgo(Math.floor(passed / 3_600))
  return showDay(seconds)
}

/** "in 2 days", counted down. */
export function ahead(seconds: number): string {
  const left = Math.max(0, seconds - now())
  if (left < 60) return dates.inSeconds(left)
  if (left < 3_600) return dates.inMinutes(Math.ceil(left / 60))
  if (left < 86_400) return dates.inHours(Math.round(left / 3_600))
  return dates.inDays(Math.round(left / 86_400))
}

/** A day as a heading: today, yesterday or its date. */
export function dayHeading(seconds: number): string {
  const name = showDay(seconds)
  if (name === showDay(now())) return dates.today
  return name === showDay(now() - 86_400) ? dates.yesterday : name
}

/** A stored date or instant as people write it; anything else as it is. */
export function showDate(text: string): string {
  const match = /^(\d{4})-(\d{2})-(\d{2})(T\d{2}:\d{2}:\d{2}(\.\d+)?Z)?$/.exec(text)
  if (!match) return text
  const seconds = Date.parse(match[4] ? text : `${text}T12:00:00Z`) / 1000
  if (Number.isNaN(seconds)) return text
  return match[4] ? showMoment(seconds) : showDay(seconds)
}
