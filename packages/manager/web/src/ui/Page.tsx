import { Anchor, Text, Title } from '@mantine/core'
import { IconChevronLeft } from '@tabler/icons-react'
import { type ReactNode, useEffect, useRef } from 'react'
import { Link } from 'wouter'
import { common } from '../text/common.ts'

/** A screen: sets the window's title and moves the focus to its heading (WCAG 2.4.3). */
export function Page(props: {
  title: string
  lead?: ReactNode
  back?: { to: string; label: string }
  aside?: ReactNode
  children: ReactNode
}): ReactNode {
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => {
    document.title = `${props.title} · ${common.app}`
    heading.current?.focus({ preventScroll: true })
    window.scrollTo(0, 0)
  }, [props.title])
  return (
    <>
      {props.back ? (
        <Anchor component={Link} href={props.back.to} className="row-link" mb="sm" w="fit-content">
          <IconChevronLeft size={20} aria-hidden />
          <span>{props.back.label}</span>
        </Anchor>
      ) : null}
      <div
        style={{ display: 'flex', justifyContent: 'space-between', gap: '1rem', flexWrap: 'wrap' }}
      >
        <Title order={1} ref={heading} tabIndex={-1}>
          {props.title}
        </Title>
        {props.aside}
      </div>
      {props.lead ? (
        <Text mt={6} c="dimmed" component="div">
          {props.lead}
        </Text>
      ) : null}
      <div style={{ marginTop: '1.25rem' }}>{props.children}</div>
    </>
  )
}

/** A part of a screen under a heading of its own. */
export function Section(props: {
  title: string
  aside?: ReactNode
  children: ReactNode
}): ReactNode {
  return (
    <section style={{ marginTop: '2rem' }} aria-label={props.title}>
      <div
        style={{
          display: 'flex',
          justifyContent: 'space-between',
          alignItems: 'baseline',
          gap: '1rem',
          marginBottom: '.75rem',
        }}
      >
        <Title order={2} fz="1.2rem">
          {props.title}
        </Title>
        {props.aside}
      </div>
      {props.children}
    </section>
  )
}
