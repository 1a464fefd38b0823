/** An IPv4 address, or an IPv6 address in brackets, with the port that some proxies add (`X-Forwarded-For`). */
const withPort = /^(?:(\d+\.\d+\.\d+\.\d+)|\[([^\]]*)\])(?::\d+)?$/

/**
 * What limits by address count as one: an IPv4 address, or the /64 network of an IPv6 address, all of which one
 * subscriber has (RFC 6177). A text that is no address stands for itself.
 */
export function sourceOf(address: string): string {
  const [, version4, version6] = withPort.exec(address) ?? []
  if (version4 !== undefined) return version4
  const plain = (version6 ?? address).replace(/%.*$/, '')
  if (!plain.includes(':') || !URL.canParse(`http://[${plain}]/`)) return address
  const groups = groupsOf(new URL(`http://[${plain}]/`).hostname.slice(1, -1))
  return mapped(groups) ?? `${groups.slice(0, 4).join(':')}::/64`
}

/** The eight groups of an IPv6 address in its shortest spelling. */
function groupsOf(address: string): readonly string[] {
  const [head = '', tail] = address.split('::')
  const before = head === '' ? [] : head.split(':')
  const after = tail ? tail.split(':') : []
  const zeros = Array<string>(8 - before.length - after.length).fill('0')
  return [...before, ...zeros, ...after]
}

/** The IPv4 address in an IPv4-mapped IPv6 address (RFC 4291 section 2.5.5.2). */
function mapped(groups: readonly string[]): string | undefined {
  if (groups.slice(0, 6).join(':') !== '0:0:0:0:0:ffff') return undefined
  const bytes = groups.slice(6).flatMap((group) => {
    const value = Number.parseInt(group, 16)
    return [value >> 8, value & 0xff]
  })
  return bytes.join('.')
}
