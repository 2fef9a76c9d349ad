import { LedgerError } from './errors.ts'

const EXAMPLES = {
  schedule: 'an example: 0 2 * * * is every day at 02:00',
  timeZone: 'an example: Europe/Berlin, or UTC',
}

/** What is wrong with a schedule or its time zone, with an example of a right one. */
export function refuse(path: keyof typeof EXAMPLES, why: string): LedgerError {
  const message = `${why}; ${EXAMPLES[path]}`
  return new LedgerError('invalid', `${path}: ${message}`, { issues: [{ path, message }] })
}
