import { Checkbox } from '@mantine/core'
import type { ReactNode } from 'react'
import { common } from '../text/common.ts'

/** Kinds of records to tick. */
export function CategoryTicks(props: {
  legend: string
  chosen: readonly number[]
  onChange: (chosen: readonly number[]) => void
}): ReactNode {
  const { chosen, onChange } = props
  return (
    <fieldset style={{ border: 0, padding: 0, margin: 0, minWidth: 0 }}>
      <legend style={{ fontWeight: 650, marginBottom: '.5rem' }}>{props.legend}</legend>
      <div className="stack" style={{ gap: '.6rem' }}>
        {Object.entries(common.categories).map(([key, label]) => {
          const category = Number(key)
          return (
            <Checkbox
              key={key}
              label={label}
              checked={chosen.includes(category)}
              onChange={(event) =>
                onChange(
                  event.currentTarget.checked
                    ? [...chosen, category]
                    : chosen.filter((one) => one !== category),
                )
              }
            />
          )
        })}
      </div>
    </fieldset>
  )
}

/** Kinds of records in words. */
export function categoryWords(categories: readonly number[], everything: string): string {
  const all = Object.keys(common.categories)
  return categories.length === all.length
    ? everything
    : categories.map((category) => common.categories[category]).join(', ')
}
