import { randomUUID } from 'node:crypto'
import type { ObjectStore } from '../ports/object-store.ts'
import { PROBES, type Probe } from './probes.ts'

/** What a probe found out: `message` says what is wrong and what follows from it, or what was seen to work. */
export interface Finding {
  check: keyof typeof PROBES
  ok: boolean
  message: string
}

/**
 * Tries what everything else relies on, with objects of its own below `doctor/` that it removes again: reading and writing,
 * listing in order, ranges, conditional puts, parts, deleting. Where it cannot write and read, that is the only finding.
 */
export async function probeStore(store: ObjectStore): Promise<Finding[]> {
  const prefix = `doctor/${randomUUID()}/`
  const findings: Finding[] = []
  const keys = new Set<string>()
  try {
    for (const [check, probe] of Object.entries(PROBES) as [Finding['check'], Probe][]) {
      const keyOf = (name: string) => {
        const key = `${prefix}${check}/${name}`
        keys.add(key)
        return key
      }
      findings.push({ check, ...(await outcomeOf(probe(store, keyOf))) })
      if (check === 'reach' && !findings[0]?.ok) break
    }
    return findings
  } finally {
    await removeAll(store, prefix, [...keys])
  }
}

async function outcomeOf(seen: Promise<string>): Promise<Pick<Finding, 'ok' | 'message'>> {
  try {
    return { ok: true, message: await seen }
  } catch (error) {
    return { ok: false, message: error instanceof Error ? error.message : String(error) }
  }
}

/** As far as the store lets us: what it does wrong has been found already. It may not even list what is there. */
async function removeAll(store: ObjectStore, prefix: string, keys: string[]): Promise<void> {
  const uploads = await store.listMultiparts({ prefix }).catch(() => [])
  for (const upload of uploads) await store.abortMultipart(upload).catch(() => {})
  await store.deleteMany(keys).catch(() => [])
}
