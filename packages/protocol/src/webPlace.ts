/** Where a text leads that somebody else wrote, if it is an address of a web server and nothing else. */
export function webPlace(text: string): URL | undefined {
  if (!URL.canParse(text)) return undefined
  const place = new URL(text)
  const isWeb = place.protocol === 'https:' || place.protocol === 'http:'
  return isWeb && place.username === '' && place.password === '' ? place : undefined
}
