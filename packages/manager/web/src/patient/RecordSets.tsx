import type { ReactNode } from 'react'
import type { RecordSet } from './model.ts'
import { RecordTable } from './RecordTable.tsx'
import { SaveProof } from './SaveProof.tsx'
import { CheckMark } from './SetMarks.tsx'

/** Records of somebody else as tables, each with whether it was proven, and its proof to keep. */
export function RecordSets(props: { sets: readonly RecordSet[] }): ReactNode {
  return props.sets.map((set) =>
    set.current ? (
      <div key={set.id}>
        <RecordTable
          label={`${set.label} (${set.institution.name})`}
          table={set.current}
          set={set}
        />
        <div style={{ marginTop: '.4rem' }}>
          <CheckMark set={set} />
          <SaveProof set={set} />
        </div>
      </div>
    ) : null,
  )
}
