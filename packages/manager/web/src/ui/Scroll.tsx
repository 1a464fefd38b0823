import type { ReactNode } from 'react'

/** A frame for what is wider than the screen; it scrolls by itself, by keyboard too. */
export function Scroll(props: { label: string; children: ReactNode }): ReactNode {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard (WCAG 2.1.1)
    <section className="scroll" tabIndex={0} aria-label={props.label}>
      {props.children}
    </section>
  )
}
