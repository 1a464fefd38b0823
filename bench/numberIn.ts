/** The whole number after `name` among arguments. Throws TypeError when it is less than 4 or none. */
export function numberIn(args: readonly string[], name: string, usually: number): number {
  const at = args.indexOf(name)
  const number = at < 0 ? usually : Number(args[at + 1])
  if (at >= 0 && (!Number.isSafeInteger(number) || number < 4))
    throw new TypeError(`${name}: 4 or more`)
  return number
}
