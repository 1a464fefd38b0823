import { askHidden } from './askHidden.ts'

// A program that asks at a terminal, and says how it ended.
const asked = askHidden(['Passphrase: '], { input: process.stdin, output: process.stdout })
process.stdout.write(`asking as ${process.pid}.`)
try {
  const [typed = ''] = await asked
  process.stdout.write(`${typed.length} typed.`)
} catch (cause) {
  process.stdout.write(`ended by ${(cause as { code?: string }).code}.`)
}
