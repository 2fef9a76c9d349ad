import { refuse } from './schedule-refusal.ts'

const MAX_LENGTH = 500
const NAMES: Record<string, string> = {
  '@hourly': '0 * * * *',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@weekly': '0 0 * * 0',
  '@monthly': '0 0 1 * *',
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
}

/**
 * The six fields of a schedule, a second first, in capitals and with `*` for `?`: in that form the libraries agree on them. What a field
 * holds is for them to say. Throws `invalid` for text that cannot be six fields.
 */
export function toFields(text: string): string[] {
  if (text.length > MAX_LENGTH) throw refuse('schedule', `is longer than ${MAX_LENGTH} characters`)
  const line = text.trim().replaceAll('\t', ' ')
  if (line === '') throw refuse('schedule', 'is empty')
  if (!/^[A-Za-z0-9 @*?,/#-]+$/.test(line)) throw refuse('schedule', STRANGE)
  const written = line.startsWith('@') ? namedSchedule(line.toLowerCase()) : line
  const fields = written.toUpperCase().replaceAll('?', '*').split(/ +/)
  if (fields.length === 5) return ['0', ...fields]
  if (fields.length === 6) return fields
  throw refuse('schedule', `has ${fields.length} fields: ${COUNT}`)
}

const STRANGE = 'has characters that no schedule has: it is of letters, digits, spaces and * ? , - / #'
const COUNT =
  'there are 5 (minute, hour, day of the month, month, day of the week) or 6 (a second before them)'

function namedSchedule(name: string): string {
  const schedule = Object.hasOwn(NAMES, name) ? NAMES[name] : undefined
  if (schedule !== undefined) return schedule
  if (name === '@reboot') throw refuse('schedule', 'is not a time: nothing here is started with a machine')
  throw refuse('schedule', `has a name that is none of ${Object.keys(NAMES).join(', ')}`)
}
