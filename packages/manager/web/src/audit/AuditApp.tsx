import { Button, FileButton, Progress } from '@mantine/core'
import type { Comparison } from '@medrec/client'
import { Audit, linesIn } from '@medrec/library'
import { type ReactNode, useRef, useState } from 'react'
import { audit as text } from '../text/audit.ts'
import { common } from '../text/common.ts'
import { Brand } from '../ui/Brand.tsx'
import { Page } from '../ui/Page.tsx'
import { ThemeSwitch } from '../ui/ThemeSwitch.tsx'
import { type Checked, CheckedFiles } from './CheckedFiles.tsx'
import { compareFile } from './compareFile.ts'
import { Followed } from './Followed.tsx'
import { SideBySide } from './SideBySide.tsx'

type Reading = { readonly file: string; readonly done: number; readonly of: number }

/** Every so many entries the screen says how far it has come. */
const told = 2_000

/** Several institutions' access logs, checked in the browser (docs/protocol.md 8.4); needs no sign-in. */
export default function AuditApp(): ReactNode {
  const audit = useRef(Audit.open())
  const [files, setFiles] = useState<readonly Checked[]>([])
  const [reading, setReading] = useState<Reading>()
  const open = async (chosen: readonly File[]): Promise<void> => {
    for (const file of chosen) {
      let comparison: Comparison = { state: 'unknown', cause: undefined }
      const proven = await audit.current.add(file.name, linesIn(piecesOf(file)), {
        onProgress: (done, of) => {
          if (done % told === 0) setReading({ file: file.name, done, of })
        },
        isOnChain: async (whole) => {
          comparison = await compareFile(whole)
          return comparison.state !== 'foreign'
        },
      })
      setFiles((before) => [...before, { file: file.name, proven, comparison }])
    }
    setReading(undefined)
  }
  const institutions = audit.current.institutions()
  return (
    <main id="main" style={{ maxWidth: '72rem', margin: '0 auto', padding: '1.5rem 1rem' }}>
      <div style={{ display: 'flex', justifyContent: 'space-between', marginBottom: '1.5rem' }}>
        <Brand to="/audit" name={common.app} />
        <ThemeSwitch />
      </div>
      <Page title={text.title} lead={text.lead}>
        <FileButton multiple accept=".jsonl" onChange={(chosen) => void open(chosen)}>
          {(props) => (
            <Button {...props} loading={reading !== undefined} className="no-print">
              {text.open}
            </Button>
          )}
        </FileButton>
        {reading ? <Checking reading={reading} /> : null}
        {files.length > 0 ? <CheckedFiles files={files} /> : null}
        {institutions.length > 0 ? (
          <>
            <SideBySide institutions={institutions} />
            <Followed key={files.length} audit={audit.current} />
          </>
        ) : null}
      </Page>
    </main>
  )
}

function Checking({ reading: { file, done, of } }: { reading: Reading }): ReactNode {
  return (
    <div role="status" style={{ marginTop: '1rem' }}>
      <p>{text.reading(file, done, of)}</p>
      <Progress value={(100 * done) / Math.max(1, of)} aria-label={text.reading(file, done, of)} />
    </div>
  )
}

/** A file piece by piece; the screen is drawn between two. */
async function* piecesOf(file: File): AsyncGenerator<Uint8Array> {
  const size = 1_048_576
  for (let from = 0; from < file.size; from += size)
    yield new Uint8Array(await file.slice(from, from + size).arrayBuffer())
}
