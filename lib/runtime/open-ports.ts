import { createHash, randomBytes } from 'node:crypto'
import { monotonicFactory } from 'ulid'
import { jsonLog } from '../log/json-log.ts'
import type { Ports } from '../ports/context.ts'
import type { Log } from '../ports/log.ts'
import type { OpenStore } from '../ports/open-store.ts'
import { secretlintScanner } from '../secrets/secretlint-scanner.ts'
import type { Config } from './config.ts'
import { processSignals } from './signals.ts'
import { hkdfSigner } from './signer.ts'

export interface OpenPortsOptions {
  secret: string
  log?: Log | undefined
  adminKey?: string | undefined
}

/** Everything the verbs need, around an opened store. */
export function openPorts(
  store: OpenStore,
  config: Config,
  { secret, log, adminKey }: OpenPortsOptions,
): Ports {
  const now = () => Date.now()
  return {
    runs: store.runs,
    keys: store.keys,
    limits: store.limits,
    secrets: secretlintScanner(),
    signer: hkdfSigner(secret, config.RUNLEDGER_SECRET_PREVIOUS),
    signals: processSignals(),
    log: log ?? serverLog(),
    adminKeyHash: adminKey === undefined ? null : createHash('sha256').update(adminKey).digest('hex'),
    rateLimits: {
      enqueue: config.RATE_LIMIT_ENQUEUE,
      cancel: config.RATE_LIMIT_CANCEL,
    },
    newId: monotonicFactory(),
    random: Math.random,
    now,
    randomToken: (bytes) => randomBytes(bytes).toString('base64url'),
  }
}

/** The server's log: JSON lines on stdout. */
export function serverLog(): Log {
  return jsonLog(
    (line) => process.stdout.write(`${line}\n`),
    () => Date.now(),
  )
}
