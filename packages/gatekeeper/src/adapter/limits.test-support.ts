import { usualLimits } from './Adapter.ts'
import type { Limits } from './messages.ts'

/** A statement's time ends what hangs; that a machine is busy is no reason. */
export const patientLimits: Limits = { ...usualLimits, milliseconds: 120_000 }
