/**
 * A moment in UTC as servers write it (`2024-03-01 10:00:00.5+00`) as an instant, to the millisecond;
 * any other text as it is, which is then refused.
 */
export function instantText(text: string): string {
  const match = /^(\d{4}-\d{2}-\d{2}) (\d{2}:\d{2}:\d{2})(?:\.(\d{1,6}))?(?:\+00)?$/.exec(text)
  if (!match) return text
  const [, day, time, fraction = ''] = match
  const milliseconds = fraction.padEnd(3, '0').slice(0, 3)
  return milliseconds === '000' ? `${day}T${time}Z` : `${day}T${time}.${milliseconds}Z`
}
