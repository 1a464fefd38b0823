import type { ReactNode } from 'react'

/** The twelve words, numbered. */
export function WordList(props: { words: string }): ReactNode {
  return (
    <ol className="words">
      {props.words.split(' ').map((word, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the place is what names a word
        <li key={i}>{word}</li>
      ))}
    </ol>
  )
}
