import type { ReactNode } from 'react'
import { common } from '../../text/common.ts'
import { Brand } from '../../ui/Brand.tsx'
import { ThemeSwitch } from '../../ui/ThemeSwitch.tsx'

/** Frame of the screens without a menu. */
export function EntryFrame(props: { demo: boolean; children: ReactNode }): ReactNode {
  return (
    <>
      <a className="skip" href="#main">
        {common.skip}
      </a>
      {props.demo ? (
        <aside className="ribbon" aria-label={common.demoLabel}>
          <span>{common.demo}</span>
        </aside>
      ) : null}
      <header
        style={{
          display: 'flex',
          justifyContent: 'space-between',
          alignItems: 'center',
          flexWrap: 'wrap',
          maxWidth: '60rem',
          margin: '0 auto',
          padding: '1rem',
        }}
      >
        <Brand />
        <ThemeSwitch />
      </header>
      <main id="main" style={{ maxWidth: '60rem', margin: '0 auto', padding: '1rem 1rem 4rem' }}>
        {props.children}
      </main>
    </>
  )
}
