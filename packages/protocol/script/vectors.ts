import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { plain } from './fixed.ts'
import {
  controllers,
  identification,
  keys,
  networks,
  pairwise,
  registration,
} from './keyVectors.ts'
import { notes, operations, scopes, stream } from './ledgerVectors.ts'
import {
  accessLogs,
  lookUps,
  multiProofs,
  parts,
  pointerMap,
  relays,
  requests,
  results,
} from './readVectors.ts'

// Writes packages/protocol/vectors/*.json, one file a section of docs/protocol.md; `--print` writes nothing.
const sections: Readonly<Record<string, () => unknown>> = {
  '1-networks': networks,
  '2-keys': keys,
  '2.1-identification': identification,
  '2.2-registration': registration,
  '2.3-pairwise': pairwise,
  '2.4-controllers': controllers,
  '3-scopes': scopes,
  '4-operations': operations,
  '4.1-stream': stream,
  '5-notes': notes,
  '6-pointer-map': pointerMap,
  '7-results': results,
  '7.1-multi-proofs': multiProofs,
  '7.2-parts': parts,
  '8-requests': requests,
  '8.4-access-logs': accessLogs,
  '9-relays': relays,
  '10-look-ups': lookUps,
}

const files = Object.entries(sections).map(([name, make]) => {
  const [section] = name.split('-') as [string]
  return [
    `${name}.json`,
    `${JSON.stringify({ section, ...(plain(make()) as object) }, null, 2)}\n`,
  ] as const
})
if (process.argv.includes('--print')) console.log(JSON.stringify(Object.fromEntries(files)))
else
  for (const [name, text] of files)
    writeFileSync(fileURLToPath(new URL(`../vectors/${name}`, import.meta.url)), text)
