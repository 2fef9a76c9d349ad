import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { resolveSchedule } from '../../lib/run/schedule.ts'

const SECRET = 'postgres://ledger:hunter22@db/ledger'
const VARIABLES = {
  BACKUP_SCHEDULE: '0 2 * * *',
  POLL_INTERVAL: '15',
  EMPTY_SCHEDULE: '',
  UNSET_SCHEDULE: undefined,
  DATABASE_URL: SECRET,
  NESTED_SCHEDULE: `\${DATABASE_URL}`,
  DOLLAR_SCHEDULE: '$& $1 $$',
}
const resolved = (text: string) => resolveSchedule(text, VARIABLES)

describe('the variables of a schedule', () => {
  it.each([
    ['0 2 * * *', '0 2 * * *'],
    [`\${BACKUP_SCHEDULE}`, '0 2 * * *'],
    [`\${BACKUP_SCHEDULE:-0 3 * * *}`, '0 2 * * *'],
    [`*/\${POLL_INTERVAL} * * * *`, '*/15 * * * *'],
    [`*/\${POLL_INTERVAL} */\${HOUR_INTERVAL:-2} * * *`, '*/15 */2 * * *'],
    [`\${POLL_INTERVAL},\${POLL_INTERVAL} * * * *`, '15,15 * * * *'],
    [`\${NONE_SCHEDULE:-0 3 * * *}`, '0 3 * * *'],
    [`\${UNSET_SCHEDULE:-0 3 * * *}`, '0 3 * * *'],
    [`\${EMPTY_SCHEDULE:-0 3 * * *}`, '0 3 * * *'],
    [`\${NONE_SCHEDULE:-@daily}`, '@daily'],
    [`\${NONE_SCHEDULE:-}`, ''],
    ['', ''],
  ])('make %j %j', (text, schedule) => {
    expect(resolved(text)).toEqual({ schedule })
  })

  it('are replaced once: what one holds is not read again', () => {
    expect(resolved(`\${NESTED_SCHEDULE}`)).toEqual({ schedule: `\${DATABASE_URL}` })
    expect(resolved(`\${DOLLAR_SCHEDULE}`)).toEqual({ schedule: '$& $1 $$' })
  })

  it.each(['NONE_SCHEDULE', 'UNSET_SCHEDULE', 'EMPTY_SCHEDULE', '__proto___SCHEDULE'])(
    'are a problem where %s is unset and has no default',
    (name) => {
      expect(resolved(`\${${name}}`)).toEqual({
        isUnset: true,
        problem: `${name} is not set: set it, or give a default, as in \${${name}:-0 2 * * *}`,
      })
    },
  )

  it.each(['DATABASE_URL', 'NO_SUCH_THING', 'backup_schedule', '_SCHEDULES', 'SCHEDULE', 'A_SCHEDULE_B'])(
    'are a problem where %s is none that may be read, set or not, with a default or without',
    (name) => {
      const problem = `names ${name}: only variables that end in _SCHEDULE or _INTERVAL are read`
      expect(resolved(`\${${name}}`)).toEqual({ problem })
      expect(resolved(`\${BACKUP_SCHEDULE}\${${name}:-0 2 * * *}`)).toEqual({ problem })
    },
  )

  it.each([
    '$BACKUP_SCHEDULE',
    '${',
    '}',
    `\${}`,
    `\${BACKUP_SCHEDULE`,
    `\${BACKUP SCHEDULE}`,
    `\${BACKUP_SCHEDULE:0 2 * * *}`,
    `\${BACKUP_SCHEDULE-0 2 * * *}`,
    `\${A_SCHEDULE:-\${B_SCHEDULE}}`,
    `\${A\u0000_SCHEDULE}`,
  ])('are a problem where %j is written', (text) => {
    expect(resolved(text)).toEqual({
      problem: `has a $, { or } that is part of no variable: write \${NAME} or \${NAME:-0 2 * * *}`,
    })
  })

  it('are not looked for in a text without end', () => {
    expect(resolved('${'.repeat(1e6))).toEqual({ problem: 'is longer than 1000 characters' })
  })

  it('are never told: no problem has what one holds', () => {
    const part = fc.constantFrom(...Object.keys(VARIABLES), 'x', '0 2 * * *', '${', '}', ':-', '$', ' ')
    const texts = fc.array(part, { maxLength: 8 }).map((parts) => parts.join(''))
    fc.assert(
      fc.property(texts, (text) => {
        const answer = resolved(text)
        expect(JSON.stringify(answer)).not.toContain('hunter22')
        if ('problem' in answer) expect(answer.problem).not.toContain('$&')
      }),
    )
  })

  it('come from an environment too', () => {
    expect(resolveSchedule(`\${HOME_INTERVAL:-5}`, process.env)).toEqual({ schedule: '5' })
  })
})
