import { isHeld } from '../../../run/hold.ts'
import type { Run } from '../../../run/run.ts'
import type { Reader } from '../reader.ts'

/** Whether a run was held when the page was asked for. */
export const isHeldNow = (run: Run, { now }: Reader): boolean => isHeld(run, new Date(now).toISOString())
