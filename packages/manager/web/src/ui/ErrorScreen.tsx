import { Button } from '@mantine/core'
import { Component, type ReactNode } from 'react'
import { common } from '../text/common.ts'
import { Tone } from './Tone.tsx'

/** Catches what a screen could not, so that the rest of the app stays. */
export class ErrorScreen extends Component<{ children: ReactNode }, { reason?: string }> {
  override state: { reason?: string } = {}

  static getDerivedStateFromError(error: unknown): { reason: string } {
    return { reason: error instanceof Error ? error.message : String(error) }
  }

  override render(): ReactNode {
    if (this.state.reason === undefined) return this.props.children
    return (
      <div className="stack">
        <Tone mood="bad" title={common.refusedBefore}>
          {this.state.reason}
        </Tone>
        <Button onClick={() => window.location.reload()}>{common.tryAgain}</Button>
      </div>
    )
  }
}
