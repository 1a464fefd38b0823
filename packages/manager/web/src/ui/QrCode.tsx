import { type ReactNode, useEffect, useState } from 'react'

/** A text as a QR code, drawn here; nothing is asked of a server. */
export function QrCode(props: { text: string; label: string }): ReactNode {
  const [source, setSource] = useState<string>()
  useEffect(() => {
    let left = false
    import('qrcode')
      .then(({ default: qr }) => qr.toString(props.text, { type: 'svg', margin: 2 }))
      .then(
        (svg) => !left && setSource(`data:image/svg+xml;utf8,${encodeURIComponent(svg)}`),
        () => !left && setSource(undefined), // too long for a code: the text remains
      )
    return () => {
      left = true
    }
  }, [props.text])
  if (!source) return null
  return (
    <img
      src={source}
      alt={props.label}
      width={240}
      height={240}
      style={{
        display: 'block',
        maxWidth: '100%',
        height: 'auto',
        background: '#fff',
        borderRadius: '.5rem',
      }}
    />
  )
}
