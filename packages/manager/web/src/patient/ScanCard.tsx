import { Button, FileButton, Text } from '@mantine/core'
import { type ReactNode, useState } from 'react'
import { me } from '../text/me.ts'

type Detector = { detect(image: ImageBitmap): Promise<readonly { rawValue: string }[]> }
type DetectorClass = new (options: { formats: readonly string[] }) => Detector

/** Reads a QR code from a photo where the browser knows how; elsewhere there is the text. */
export function ScanCard(props: { onCard: (card: string) => void }): ReactNode {
  const [missed, setMissed] = useState(false)
  const Reader = (globalThis as { BarcodeDetector?: DetectorClass }).BarcodeDetector
  if (!Reader) return null
  const read = async (file: File | null): Promise<void> => {
    if (!file) return
    const codes = await new Reader({ formats: ['qr_code'] }).detect(await createImageBitmap(file))
    const found = codes[0]?.rawValue
    setMissed(found === undefined)
    if (found !== undefined) props.onCard(found)
  }
  return (
    <div>
      <FileButton accept="image/*" capture="environment" onChange={(file) => void read(file)}>
        {(button) => (
          <Button variant="default" {...button}>
            {me.scan}
          </Button>
        )}
      </FileButton>
      {missed ? <Text role="alert">{me.scanMissed}</Text> : null}
    </div>
  )
}
