import { type DemoHome, writeWhole } from './home.ts'

type Home = Omit<DemoHome, 'unlock'>

export async function populate(home: Home, _progress: (text: string) => void): Promise<void> {
  writeWhole(home.path('populated.json'), '{}\n')
}
