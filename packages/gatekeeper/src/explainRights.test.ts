import { type Hex, random, toHex } from '@medrec/protocol'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Opened } from '../../library/src/network.test-support.ts'
import { attempt, ownLabs, post, type Scene, setScene } from './attempt.test-support.ts'
import { certifiedIn, openedBy } from './emergency.test-support.ts'

const by = { id: 'it', name: 'IT', role: 'it' } as const
let scene: Scene
beforeAll(async () => {
  scene = await setScene()
})
afterAll(() => scene.close())

const somebody = async (): Promise<Opened> => certifiedIn(scene, await scene.net.register())

async function explained(viewer: Opened, emergency: Hex): Promise<readonly unknown[]> {
  const { outcome } = await scene.gate.gatekeeper.explain({
    ...{ relationship: scene.ada.relationship, viewer: viewer.me()?.idTag as Hex },
    ...{ kind: 'query', resource: 'labs', purpose: 6, emergency, by },
  })
  return [outcome.decision, outcome.basis.kind, outcome.basis.id]
}

test('an emergency access is explained as it is decided, and as nothing for who did not open it', async () => {
  const [doctor, other] = [await somebody(), await somebody()]
  const { emergency } = await openedBy(scene, doctor, scene.ada)
  const asked = { ...ownLabs(), purpose: 6, emergency }
  for (const [person, code, decision] of [
    [doctor, '', 'allow'],
    [other, 'refused', 'refused'],
  ] as const) {
    expect(await post(attempt(person, asked, { path: '/query' }), '/query')).toMatchObject({ code })
    expect(await explained(person, emergency)).toEqual([decision, 'emergency', emergency])
  }
  await expect(explained(doctor, toHex(random(16)))).rejects.toThrow('no such emergency access')
})
