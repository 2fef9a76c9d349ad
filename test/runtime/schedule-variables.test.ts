import { expect, it } from 'vitest'
import { scheduleVariables } from '../../lib/runtime/schedule-variables.ts'

it('a schedule is shown no variable but those whose names say that they are for it', () => {
  const environment = {
    BACKUP_SCHEDULE: '0 3 * * *',
    CLEANUP_INTERVAL: '0 0 * * *',
    DATABASE_URL: 'postgres://secret',
    SCHEDULE: '* * * * *',
    BACKUP_SCHEDULE_KEY: 'secret',
  }
  expect(scheduleVariables(environment)).toEqual({
    BACKUP_SCHEDULE: '0 3 * * *',
    CLEANUP_INTERVAL: '0 0 * * *',
  })
})
