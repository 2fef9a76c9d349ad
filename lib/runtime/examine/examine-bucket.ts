import type { Finding } from '../../cli/commands/doctor.ts'
import type { Config } from '../config.ts'
import { openObjects } from '../open-objects.ts'

const ADVICE = 'check S3_ENDPOINT, S3_BUCKET, S3_REGION and the keys, and what these may do in the bucket'

/** The bucket that is configured: whether it does what logs, outputs and archives rely on. What it writes it removes again. */
export async function* examineBucket(config: Config): AsyncGenerator<Finding> {
  const { probeStore } = await import('../../objects/probe-store.ts')
  const store = openObjects(config, { secret: '', folder: null, publicUrl: null })
  try {
    const found = await probeStore(store)
    for (const { check, message } of found.filter(({ ok }) => !ok))
      yield {
        name: 'bucket',
        status: 'fail',
        message: `${check}: ${message}`,
        advice: ADVICE,
        code: 'unavailable',
      }
    const works = found.filter(({ ok }) => ok)
    if (works.length === found.length)
      yield { name: 'bucket', status: 'ok', message: works.map(({ message }) => message).join('; ') }
  } finally {
    await store.close()
  }
}
