import { z } from 'zod'
import { Line } from './text.ts'

/** A ULID: 26 characters of Crockford's base 32, 48 bits of milliseconds first, so ids sort by time. */
export const RunId = z
  .string()
  .regex(
    /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/,
    'must be a ULID: 26 characters, digits and capitals without I, L, O, U',
  )
  .meta({ description: 'A ULID', example: '01KBQK6M3V8Z5W0X2Y4A6C8E9G' })

const NAME = /^[A-Za-z0-9][A-Za-z0-9._:/@-]*$/
const NAME_RULE = 'must begin with a letter or digit and hold only letters, digits and . _ : / @ -'

/** What a run executes (`script.pull`, `synchroFacture`). Source 004. */
export const RunKind = z
  .string()
  .min(1)
  .max(200)
  .regex(NAME, NAME_RULE)
  .meta({ description: 'What the run executes', example: 'script.pull' })

/** The tenant a run belongs to; null for system runs. */
export const ProjectId = z
  .string()
  .min(1)
  .max(100)
  .regex(NAME, NAME_RULE)
  .meta({ description: 'The tenant a run belongs to', example: 'acme' })

/**
 * The project that is asked for, where a query has no null: `-`, which no project is called, is null, the runs of no project.
 */
export const ProjectFilter = z
  .string()
  .min(1)
  .max(100)
  .regex(new RegExp(`^-$|${NAME.source}`), `${NAME_RULE}, or be - alone`)
  .transform((text) => (text === '-' ? null : text))
  .nullable()
  .meta({
    description: '`-`: the runs that belong to no project. Default: all that the key may see',
    example: 'acme',
  })

/** The name a worker goes by; any printable text. */
export const WorkerId = Line.max(200).meta({
  description: 'The name the worker goes by',
  example: 'worker-1',
})
