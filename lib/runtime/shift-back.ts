import { timeShifter } from '../store/postgres/shift-times.ts'

/** What moves the demo's ledger into the past. */
export const shiftBack = timeShifter
