import { S3Client } from '@aws-sdk/client-s3'
import { LedgerError } from '../../run/errors.ts'
import { toFailure } from './failure.ts'
import type { S3Options } from './settings.ts'

const ATTEMPTS = 3

/** A bucket, and how its server is asked. */
export interface Place {
  bucket: string
  /** In words, without a secret. */
  name: string
  client: S3Client
  checksums: 'supported' | 'required'
  timeoutMs: number
  /** Asks the server, again where that may help; throws an `S3Failure` where it refuses or cannot be reached. */
  ask<T>(work: (client: S3Client, options: { abortSignal: AbortSignal }) => Promise<T>): Promise<T>
}

export function openPlace(options: S3Options): Place {
  const { bucket, endpoint, region, accessKeyId, secretAccessKey } = options
  const timeoutMs = options.timeoutMs ?? 60_000
  const name = `bucket ${bucket} at ${endpoint ? new URL(endpoint).host : `AWS in ${region}`}`
  const client = new S3Client({
    region,
    credentials: { accessKeyId, secretAccessKey },
    ...(endpoint ? { endpoint, forcePathStyle: true } : {}),
    // What is to be checked we name ourselves. Left to the client, a URL signed by it would carry the checksum of an empty
    // body, an upload would demand checksums of parts that go by such URLs, and a body could not be let go of.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    maxAttempts: ATTEMPTS,
    requestHandler: {
      connectionTimeout: Math.min(timeoutMs, 10_000),
      requestTimeout: timeoutMs,
      throwOnRequestTimeout: true,
      // A slow reader is no dead server: a body that is being read is watched on its own.
      socketTimeout: 0,
      // Nor may slow readers, each with a connection of its own, keep all others waiting for one.
      httpAgent: { maxSockets: Number.POSITIVE_INFINITY },
      httpsAgent: { maxSockets: Number.POSITIVE_INFINITY },
    },
  })
  const ask: Place['ask'] = async (work) => {
    // An answer that began in time may still stand still before its end.
    const patience = new AbortController()
    const timer = setTimeout(() => patience.abort(), (ATTEMPTS + 1) * timeoutMs)
    try {
      return await work(client, { abortSignal: patience.signal })
    } catch (error) {
      if (patience.signal.aborted)
        throw new LedgerError('unavailable', `the store (${name}) did not answer in time`)
      throw toFailure(error, name)
    } finally {
      clearTimeout(timer)
    }
  }
  return { bucket, name, client, checksums: options.checksums ?? 'supported', timeoutMs, ask }
}

/** For an answer that says it went well, and does not have what S3's would have. */
export function notS3({ name }: Place): LedgerError {
  return new LedgerError('unavailable', `the store (${name}) did not answer as S3 does; check S3_ENDPOINT`)
}
