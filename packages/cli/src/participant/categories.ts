import { categories } from '@medrec/protocol'
import { UsageError } from '../output.ts'

/** Numbers of categories by their names, `all` being every one that there is (docs/protocol.md section 3). */
export function categoriesOf(option: string, text: string): readonly number[] {
  const known = Object.entries(categories)
  const wanted = text.split(',').map((name) => name.trim().toLowerCase())
  if (text === 'all') return known.map(([number]) => Number(number))
  return wanted.map((name) => {
    const found = known.find(([, other]) => other === name)
    if (!found)
      throw new UsageError(
        `${option}: "all", or some of ${known.map(([, other]) => other).join(', ')}, with commas between.`,
      )
    return Number(found[0])
  })
}

/** Names of the categories whose bits are set. */
export function categoryNames(bits: number): string {
  const known = Object.entries(categories)
  const named = known.filter(([number]) => (bits >>> Number(number)) & 1)
  if (named.length === known.length) return 'everything'
  return named.map(([, name]) => name).join(', ') || 'nothing'
}
