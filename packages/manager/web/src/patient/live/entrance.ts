import type { Entrance } from '../entrance.ts'

export const entrance: Entrance = undefined as never
