import type { ReactNode } from 'react'
import { me } from '../../text/me.ts'
import { ColumnHeads } from '../../ui/ColumnHeads.tsx'
import { showMoment } from '../../ui/dates.ts'
import { Nothing } from '../../ui/Nothing.tsx'
import { Page, Section } from '../../ui/Page.tsx'
import { Scroll } from '../../ui/Scroll.tsx'
import { Tag } from '../../ui/Tone.tsx'
import type { Block, Bounty } from '../model.ts'
import { useSnapshot } from '../SessionContext.tsx'

const text = me.researchPage

/** A researcher's blocks, and the answers she owns for them (paper III-D). */
export default function Research(): ReactNode {
  const { bounties, blocks } = useSnapshot()
  const mine = bounties.filter((bounty) => bounty.mine)
  return (
    <Page title={text.title} lead={text.lead}>
      <Section title={text.bounties}>
        {mine.length === 0 ? <Nothing>{text.noBounties}</Nothing> : <Bounties bounties={mine} />}
        <p>{text.later}</p>
      </Section>
      <Section title={text.blocks}>
        <Blocks blocks={blocks} />
      </Section>
    </Page>
  )
}

function Bounties(props: { bounties: readonly Bounty[] }): ReactNode {
  return (
    <ul className="plain stack">
      {props.bounties.map((bounty) => (
        <li key={`${bounty.block}${bounty.query}${bounty.institution}`} className="panel">
          <strong>{bounty.institution}</strong>
          <div>
            {text.period} {bounty.epoch} · {text.block} {bounty.block} · {showMoment(bounty.at)}
          </div>
          <Tag mood={bounty.charged ? 'info' : 'good'}>
            {bounty.charged ? text.charged : text.free}
          </Tag>
        </li>
      ))}
    </ul>
  )
}

function Blocks(props: { blocks: readonly Block[] }): ReactNode {
  return (
    <Scroll label={text.blockTable}>
      <table className="grid">
        <ColumnHeads columns={[text.block, text.time, text.by]} />
        <tbody>
          {props.blocks.map((block) => (
            <tr key={block.number}>
              <td>{block.number}</td>
              <td className="day">{showMoment(block.time)}</td>
              <td>{block.mine ? text.you : text.others}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  )
}
