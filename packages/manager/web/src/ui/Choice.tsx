import { Text } from '@mantine/core'
import { type ReactNode, useId } from 'react'

export type Option<T> = { value: T; label: string; about?: string | undefined; mark?: ReactNode }

/** One of several, as large cards: real radio buttons, so that arrow keys and screen readers work. */
export function Choice<T extends string | number>(props: {
  legend: string
  hideLegend?: boolean
  options: readonly Option<T>[]
  value: T | undefined
  onChange: (value: T) => void
}): ReactNode {
  const name = useId()
  return (
    <fieldset style={{ border: 0, padding: 0, margin: 0, minWidth: 0 }}>
      <legend
        {...(props.hideLegend ? { className: 'mantine-visually-hidden', style: hidden } : {})}
      >
        <Text fw={650} mb="xs">
          {props.legend}
        </Text>
      </legend>
      <div className="stack">
        {props.options.map((option) => (
          <label
            key={option.value}
            className="panel choice"
            data-on={option.value === props.value}
            style={{ cursor: 'pointer' }}
          >
            <input
              type="radio"
              name={name}
              checked={option.value === props.value}
              onChange={() => props.onChange(option.value)}
              style={{
                width: '1.3rem',
                height: '1.3rem',
                marginTop: '.15rem',
                flex: 'none',
                accentColor: 'var(--mantine-primary-color-filled)',
              }}
            />
            {option.mark}
            <span>
              <span style={{ fontWeight: 600 }}>{option.label}</span>
              {option.about ? (
                <Text component="span" c="dimmed" fz="sm" style={{ display: 'block' }}>
                  {option.about}
                </Text>
              ) : null}
            </span>
          </label>
        ))}
      </div>
    </fieldset>
  )
}

const hidden = {
  position: 'absolute',
  width: 1,
  height: 1,
  overflow: 'hidden',
  clipPath: 'inset(50%)',
} as const
