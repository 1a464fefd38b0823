import { bundled } from './bundle.ts'
import { hunt } from './hunt.ts'
import { mutants } from './mutants.ts'

// One of the processes that play histories: argv is its work as JSON, and it tells the outcome as JSON.
const { mutate, cedar, ...options } = JSON.parse(process.argv[2] as string)
if (mutate) {
  const chosen = mutants.filter(({ name }) => name.includes(mutate.only))
  const ours = chosen.filter((_, i) => i % options.stride === options.first)
  const hunted = []
  for (const mutant of ours) hunted.push(await hunt(mutant, { ...options, first: 0, stride: 1 }))
  process.stdout.write(JSON.stringify(hunted))
} else {
  const third = cedar ? (await import('./cedar.ts')).cedarAllows : undefined
  const { work } = await bundled()
  process.stdout.write(JSON.stringify(work(options, third)))
}
