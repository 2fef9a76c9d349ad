import { describe, expect, it } from 'vitest'
import { isLedgerError, type LedgerError } from '../../lib/run/errors.ts'
import { type Config, Environment, metaOf, readConfig } from '../../lib/runtime/config.ts'

const SECRET = 'geheim'
/** For each variable that can be wrong: values that are. */
const WRONG: Partial<Record<keyof Config, string[]>> = {
  DATABASE_URL: [`mysql://me:${SECRET}@host/db`, SECRET, `postgres:///${SECRET}`],
  DATABASE_URL_DIRECT: [`http://me:${SECRET}@host/db`],
  DATABASE_DRIVER: ['mysql', 'PG'],
  DATABASE_POOL_SIZE: ['0', '101', '1.5', 'ten'],
  RUNLEDGER_SECRET: [SECRET.padEnd(31, '.')],
  RUNLEDGER_SECRET_PREVIOUS: [SECRET],
  RUNLEDGER_ADMIN_KEY: [SECRET, `${SECRET} with a space, and long`],
  CRON_SECRET: [SECRET],
  RATE_LIMIT_ENQUEUE: ['-1', 'off', '1.5'],
  RATE_LIMIT_CANCEL: ['-1'],
  RATE_LIMIT_PRESIGN: ['-1'],
  RATE_LIMIT_SEARCH: ['-1'],
  RATE_LIMIT_SIGN_IN: ['-1'],
  LOG_LEVEL: ['loud', 'INFO', '30'],
  LOG_MAX_BYTES: ['1023', '256 MB', 'off'],
  REDACT_PII: ['no', '2'],
  STALE_AFTER_DAYS: ['0', '366', '1.5', '3d'],
  ARCHIVE_AFTER_DAYS: ['-1', '36501', '1.5', '7d', 'never'],
  DELETE_AFTER_DAYS: ['-1', '36501', '30d'],
  RETENTION_DAYS: ['-1', '36501', '30d'],
  DELETE_GRACE_DAYS: ['-1', '36501', '1.5'],
  DELETION_STRATEGY: ['Soft', 'none'],
  ARCHIVE_COMPRESSION: ['gz', 'zip'],
  ARCHIVE_BASE_PATH: [
    '/',
    '..',
    'a/../b',
    'a//b',
    'logs/archive',
    './jobs',
    'backups',
    'audit',
    'a b',
    'ä',
    'a'.repeat(201),
  ],
  ARCHIVE_CONCURRENCY: ['0', '101', '1.5'],
  SECURE_DELETE: ['no', '2'],
  BACKUPS_KEPT: ['0', '101', '1.5'],
  STORAGE_CAPACITY_BYTES: ['0', '-1', '1.5', '80 GB'],
  PORT: ['-1', '65536', '80.5', 'http', '80 '.repeat(2)],
  RUNLEDGER_PUBLIC_URL: ['runledger.example.com', 'ftp://x'],
  S3_ENDPOINT: ['minio:9000', 's3://bucket'],
  S3_REGION: ['EU (Frankfurt)', 'eu_central_1'],
  S3_CHECKSUMS: ['REQUIRED', 'off'],
  ALERT_WEBHOOK_URL: [
    `hooks.example.com/${SECRET}`,
    `ftp://hooks.example.com/${SECRET}`,
    `https://me:${SECRET}@hooks.example.com/`,
  ],
  ALERT_WEBHOOK_SECRET: [SECRET, `whsec_${SECRET}`, `whsec_${btoa(SECRET.repeat(3))}`, 'a'.repeat(44)],
  ALERT_SLACK_URL: [`hooks.slack.com/services/${SECRET}`, `https://${SECRET}@hooks.slack.com/services`],
  ALERT_EMAIL_TO: ['ops', 'ops@example.com;ada@example.com', 'ops@example.com,', 'Ops <ops@example.com>'],
  ALERT_EMAIL_FROM: ['ops', 'ops@example.com,ada@example.com'],
  SMTP_URL: [SECRET, `https://me:${SECRET}@smtp.example.com`, `smtp:///${SECRET}`],
  OUTBOUND_ALLOW_LOOPBACK: ['yes', '2'],
  RUNLEDGER_API_URL: ['localhost:3000', 'ftp://x', 'x'],
}
/** Those that take whatever is not empty. */
const FREE = [
  'HOST',
  'RUNLEDGER_DATA_DIR',
  'RUNLEDGER_HOME',
  'RUNLEDGER_API_KEY',
  'RUNLEDGER_LEASE_TOKEN',
  'S3_BUCKET',
  'S3_ACCESS_KEY_ID',
  'S3_SECRET_ACCESS_KEY',
]
/** All that a bucket needs. */
const BUCKET = {
  S3_BUCKET: 'runs',
  S3_REGION: 'eu-central-1',
  S3_ACCESS_KEY_ID: SECRET,
  S3_SECRET_ACCESS_KEY: SECRET,
}

function refusalOf(variables: Record<string, string>): LedgerError {
  try {
    readConfig({}, variables)
  } catch (error) {
    if (isLedgerError(error)) return error
    throw error
  }
  throw new Error(`${JSON.stringify(variables)} was taken`)
}

describe('the configuration', () => {
  it('of an empty environment is the defaults', () => {
    expect(readConfig({}, {})).toEqual({
      DATABASE_POOL_SIZE: 10,
      RATE_LIMIT_ENQUEUE: 600,
      RATE_LIMIT_CANCEL: 60,
      RATE_LIMIT_PRESIGN: 600,
      RATE_LIMIT_SEARCH: 60,
      RATE_LIMIT_SIGN_IN: 10,
      LOG_LEVEL: 'info',
      LOG_MAX_BYTES: 268_435_456,
      REDACT_PII: true,
      STALE_AFTER_DAYS: 3,
      ARCHIVE_AFTER_DAYS: 7,
      RETENTION_DAYS: 30,
      DELETE_GRACE_DAYS: 7,
      DELETION_STRATEGY: 'soft',
      ARCHIVE_COMPRESSION: 'gzip',
      ARCHIVE_BASE_PATH: 'archive',
      ARCHIVE_CONCURRENCY: 2,
      SECURE_DELETE: false,
      BACKUPS_KEPT: 8,
      PORT: 3000,
      HOST: '127.0.0.1',
      RUNLEDGER_DATA_DIR: '.runledger',
      S3_CHECKSUMS: 'supported',
      OUTBOUND_ALLOW_LOOPBACK: false,
    })
  })

  it('takes an empty variable for an unset one, and ignores what is not ours', () => {
    const names = Object.keys(Environment.shape)
    const empty = Object.fromEntries(names.map((name) => [name, '']))
    expect(readConfig({}, { ...empty, PATH: '/bin' })).toEqual(readConfig({}, {}))
  })

  it.each(['on', 'off', 'true', 'false', '1', '0', 'ON'])('reads %s as yes or no', (word) => {
    expect(readConfig({}, { REDACT_PII: word }).REDACT_PII).toBe(/^(on|true|1)$/i.test(word))
  })

  it('reads numbers, and puts what was said over what is set', () => {
    const environment = { PORT: '8080', RATE_LIMIT_ENQUEUE: '0' }
    expect(readConfig({}, environment)).toMatchObject({ PORT: 8080, RATE_LIMIT_ENQUEUE: 0 })
    expect(readConfig({ PORT: '0' }, environment).PORT).toBe(0)
    expect(readConfig({ PORT: undefined }, environment).PORT).toBe(8080)
  })

  it('has a rule to break, or none, for each variable', () => {
    expect([...Object.keys(WRONG), ...FREE].toSorted()).toEqual(Object.keys(Environment.shape).toSorted())
  })

  it.each(Object.entries(WRONG).flatMap(([name, values]) => values.map((value) => [name, value] as const)))(
    'refuses %s=%s by name, with what it takes',
    (name, value) => {
      const { allowed, secret } = metaOf(name)
      const was = secret ? 'is not right' : `is ${JSON.stringify(value)}`
      const refusal = refusalOf({ [name]: value })
      expect(refusal).toMatchObject({ code: 'invalid', message: `${name} ${was}; it takes ${allowed}` })
      expect(refusal.issues).toEqual([{ path: name, message: `${was}; it takes ${allowed}` }])
      expect(allowed).toBeTruthy()
      expect(JSON.stringify([refusal.message, refusal.issues])).not.toContain(SECRET)
    },
  )

  it('takes a bucket whole, with or without an endpoint', () => {
    expect(readConfig({}, BUCKET)).toMatchObject({ ...BUCKET, S3_CHECKSUMS: 'supported' })
    const elsewhere = { ...BUCKET, S3_ENDPOINT: 'https://s3.example.com', S3_CHECKSUMS: 'required' }
    expect(readConfig({}, elsewhere)).toMatchObject(elsewhere)
  })

  it.each(Object.keys(BUCKET))('refuses a bucket without %s by that name', (missing) => {
    const { message, issues } = refusalOf({ ...BUCKET, [missing]: '' })
    expect(issues.map(({ path }) => path)).toEqual([missing])
    expect(message).toMatch(new RegExp(`^${missing} is missing`))
    expect(message).not.toContain(SECRET)
  })

  it('refuses an endpoint without a bucket by all that is missing', () => {
    const { issues } = refusalOf({ S3_ENDPOINT: 'http://localhost:9000' })
    expect(issues.map(({ path }) => path)).toEqual(Object.keys(BUCKET))
  })

  it('takes whom to mail with commas between, and a mail server', () => {
    const SMTP_URL = 'smtps://me:pass@smtp.example.com:465/?pool=true'
    const read = readConfig({}, { ALERT_EMAIL_TO: 'ops@example.com, ada@example.org', SMTP_URL })
    expect(read).toMatchObject({ ALERT_EMAIL_TO: ['ops@example.com', 'ada@example.org'], SMTP_URL })
  })

  it.each([
    ['ALERT_WEBHOOK_URL', `https://hooks.example.com/${SECRET}`, 'ALERT_WEBHOOK_SECRET'],
    ['ALERT_EMAIL_TO', 'ops@example.com', 'SMTP_URL'],
  ])('refuses %s without what it needs', (name, value, missing) => {
    const { message, issues } = refusalOf({ [name]: value })
    expect([message, issues.map(({ path }) => path)]).toEqual([
      `${missing} is missing: ${name} needs it`,
      [missing],
    ])
  })

  it('takes a public URL without the slash at its end', () => {
    const { RUNLEDGER_PUBLIC_URL } = readConfig({}, { RUNLEDGER_PUBLIC_URL: 'https://runs.example.com/' })
    expect(RUNLEDGER_PUBLIC_URL).toBe('https://runs.example.com')
  })

  it('names all that is wrong at once, a line each', () => {
    const { message, issues } = refusalOf({ PORT: 'x', HOST: 'ok', DATABASE_DRIVER: 'y' })
    expect(issues.map(({ path }) => path)).toEqual(['DATABASE_DRIVER', 'PORT'])
    expect(message.split('\n')).toHaveLength(2)
  })

  it('keeps every variable that carries a key, a password or a secret from being shown', () => {
    const carriers = Object.keys(Environment.shape).filter((name) =>
      /SECRET|KEY|DATABASE_URL|SMTP_URL|ALERT_.*_URL/.test(name),
    )
    expect(carriers.filter((name) => !metaOf(name).secret)).toEqual([])
  })

  it('says of every variable what it is for', () => {
    const silent = Object.keys(Environment.shape).filter((name) => !metaOf(name).description)
    expect(silent).toEqual([])
  })
})
