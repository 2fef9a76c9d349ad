import { settleTimes, shiftTimes } from '../store/postgres/shift-times.ts'

/** Moves the demo's ledger into the past. */
export const shiftBack = shiftTimes

/** Lets what it holds be of when it happened. */
export const settleShifted = settleTimes
