import { z } from 'zod'
import { LedgerError } from '../run/errors.ts'
import { BucketVariables, checkBucket } from './bucket-variables.ts'
import { checkNotices, NoticeVariables } from './notice-variables.ts'
import { RetentionVariables } from './retention-variables.ts'

const perMinute = () =>
  z.coerce.number().int().min(0).meta({
    allowed: 'a whole number, 0 or more',
    description: 'Requests a minute and key; 0 is no limit',
  })
const postgresUrl = z
  .url({ protocol: /^postgres(ql)?$/, hostname: /.+/ })
  .meta({ secret: true, allowed: 'postgres://user:password@host:port/database' })
const secret = z
  .string()
  .min(32)
  .meta({ secret: true, allowed: 'at least 32 characters; `openssl rand -base64 33` makes one' })

/** Every environment variable that Runledger reads. The README's table is made from this. */
export const Environment = z
  .object({
    DATABASE_URL: postgresUrl
      .optional()
      .meta({ description: 'The database (pooled). Unset: `npm start` brings its own' }),
    DATABASE_URL_DIRECT: postgresUrl
      .optional()
      .meta({ description: 'The database past its pooler, for migrations' }),
    DATABASE_DRIVER: z.enum(['pg', 'neon']).optional().meta({
      allowed: 'pg or neon',
      description: '`neon` speaks WebSocket. Unset: by host (`*.neon.tech` is `neon`)',
    }),
    DATABASE_POOL_SIZE: z.coerce
      .number()
      .int()
      .min(1)
      .max(100)
      .default(10)
      .meta({ allowed: 'a whole number from 1 to 100', description: 'Connections an instance' }),
    RUNLEDGER_SECRET: secret.optional().meta({
      description: 'Signs lease tokens and links to files. Required on functions; `npm start` makes one',
    }),
    RUNLEDGER_SECRET_PREVIOUS: secret.optional().meta({ description: 'Still accepted, while rotating' }),
    RUNLEDGER_ADMIN_KEY: z
      .string()
      .min(24)
      .regex(/^[\x21-\x7e]+$/)
      .optional()
      .meta({
        secret: true,
        allowed: 'at least 24 printable characters',
        description: 'A key that may do everything, to make the first keys with',
      }),
    CRON_SECRET: z.string().min(16).optional().meta({
      secret: true,
      allowed: 'at least 16 characters',
      description: 'What platform cron must send; unset, `/api/cron/*` answers 503',
    }),
    RATE_LIMIT_ENQUEUE: perMinute().default(600),
    RATE_LIMIT_CANCEL: perMinute().default(60),
    RATE_LIMIT_PRESIGN: perMinute().default(600).meta({
      allowed: 'a whole number, 0 or more',
      description: 'Downloads of a run’s files, one, all or its archive, a minute and key; 0 is no limit',
    }),
    RATE_LIMIT_SEARCH: perMinute().default(60).meta({
      allowed: 'a whole number, 0 or more',
      description: 'Searches through a log, 256 MB each at most, a minute and key; 0 is no limit',
    }),
    RATE_LIMIT_SIGN_IN: perMinute().default(10).meta({
      allowed: 'a whole number, 0 or more',
      description: 'Attempts to sign in to the dashboard, a minute and address; 0 is no limit',
    }),
    LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info').meta({
      allowed: 'trace, debug, info, warn, error, fatal or silent',
      description: 'What the server and the worker log, from this level on',
    }),
    LOG_MAX_BYTES: z.coerce
      .number()
      .int()
      .min(1024)
      .default(256 * 1024 * 1024)
      .meta({
        allowed: 'a whole number, 1024 or more',
        description: 'Bytes that are kept of the log of one attempt of a run; there it is cut',
      }),
    REDACT_PII: z
      .stringbool({ truthy: ['on', 'true', '1'], falsy: ['off', 'false', '0'] })
      .default(true)
      .meta({
        allowed: 'on, true, 1, off, false or 0',
        description:
          'Whether e-mail addresses and payment card numbers are hidden in logs, as secrets always are',
      }),
    STALE_AFTER_DAYS: z.coerce.number().int().min(1).max(365).default(3).meta({
      allowed: 'a whole number from 1 to 365',
      description: 'A run that has been running for longer is stale, and the daily sweep ends it as failed',
    }),
    ...RetentionVariables,
    PORT: z.coerce.number().int().min(0).max(65_535).default(3000).meta({
      allowed: 'a whole number from 0 to 65535',
      description: 'Where `npm start` listens; 0 is any free port',
    }),
    HOST: z
      .string()
      .min(1)
      .default('127.0.0.1')
      .meta({ description: 'The address `npm start` listens on; `0.0.0.0` is all' }),
    RUNLEDGER_DATA_DIR: z
      .string()
      .min(1)
      .default('.runledger')
      .meta({ description: 'Where `npm start` keeps its database, files, key and secret' }),
    RUNLEDGER_PUBLIC_URL: z
      .url({ protocol: /^https?$/ })
      .transform((url) => url.replace(/\/+$/, ''))
      .optional()
      .meta({
        allowed: 'http://… or https://…',
        description: 'Where others reach `npm start`, for links to files. Default: where this machine does',
      }),
    ...BucketVariables,
    ...NoticeVariables,
    RUNLEDGER_HOME: z
      .string()
      .min(1)
      .optional()
      .meta({ description: 'Where the CLI keeps its runs. Default: `~/.local/share/runledger`' }),
    RUNLEDGER_API_URL: z
      .url({ protocol: /^https?$/ })
      .optional()
      .meta({ allowed: 'http://… or https://…', description: 'The server the CLI talks to' }),
    RUNLEDGER_API_KEY: z
      .string()
      .min(1)
      .optional()
      .meta({ secret: true, description: 'The key the CLI sends' }),
    RUNLEDGER_LEASE_TOKEN: z
      .string()
      .min(1)
      .optional()
      .meta({ secret: true, description: 'Of the run to which `runs outputs put` adds a file' }),
  })
  .check(checkBucket)
  .check(checkNotices)
export type Config = z.output<typeof Environment>
type Variables = Record<string, string | undefined>

/**
 * The configuration: the environment, with what was said on the command line over it. An empty variable counts as unset.
 * Throws `invalid` that names each bad variable, what it was (unless it is a secret) and what is allowed.
 */
export function readConfig(said: Variables = {}, environment: Variables = process.env): Config {
  const spoken = Object.entries(said).filter(([, value]) => value !== undefined)
  const given = Object.fromEntries(
    [...Object.entries(environment), ...spoken].filter(
      ([name, value]) => name in Environment.shape && value !== '',
    ),
  )
  const parsed = Environment.safeParse(given)
  if (parsed.success) return parsed.data
  const issues = parsed.error.issues.map(({ path: [name], message }) => {
    if (given[String(name)] === undefined) return { path: String(name), message }
    const { secret: isSecret, allowed } = metaOf(String(name))
    const was = isSecret ? 'is not right' : `is ${JSON.stringify(given[String(name)])}`
    return { path: String(name), message: `${was}; it takes ${allowed ?? message}` }
  })
  throw new LedgerError('invalid', issues.map(({ path, message }) => `${path} ${message}`).join('\n'), {
    issues,
  })
}

/** The notes on one variable. */
export function metaOf(name: string): { description?: string; secret?: boolean; allowed?: string } {
  const notes = {}
  // Each wrapper (optional, default) has notes of its own; the outermost wins.
  for (
    let schema: unknown = Environment.shape[name as keyof typeof Environment.shape];
    schema instanceof z.ZodType;
  ) {
    Object.assign(notes, { ...z.globalRegistry.get(schema), ...notes })
    schema = schema instanceof z.ZodOptional || schema instanceof z.ZodDefault ? schema.unwrap() : undefined
  }
  return notes
}
