import type { Pool } from './connect.ts'
import { query } from './query.ts'

const MAX_KNOWN = 20_000

export interface ScriptName {
  projectId: string | null
  kind: string
}

/** Finds the number of a kind, and registers the kind when it is new. Remembers what it found: a number never changes. */
export function scriptRegistry(
  pool: Pool,
): (wanted: ScriptName[]) => Promise<(name: ScriptName) => number | null> {
  const known = new Map<string, number>()
  return async (wanted) => {
    // What this call needs is its own: another one may empty the memory meanwhile.
    const found = new Map<string, number>()
    const unknown = new Map<string, ScriptName>()
    for (const name of wanted) {
      const id = known.get(keyOf(name))
      if (id === undefined) unknown.set(keyOf(name), name)
      else found.set(keyOf(name), id)
    }
    if (unknown.size > 0) {
      if (known.size > MAX_KNOWN) known.clear()
      for (const row of await register(pool, [...unknown.values()])) {
        found.set(keyOf(row as unknown as ScriptName), row.id as number)
        known.set(keyOf(row as unknown as ScriptName), row.id as number)
      }
    }
    return (name) => found.get(keyOf(name)) ?? null
  }
}

const keyOf = ({ projectId, kind }: ScriptName) => `${projectId ?? ''}\n${kind}`

async function register(pool: Pool, names: ScriptName[]): Promise<Record<string, unknown>[]> {
  const values = [JSON.stringify(names)]
  const found = await query(pool, FIND, values)
  if (found.length === names.length) return found
  await query(pool, ADD, values)
  // A second statement, to see what another transaction added meanwhile.
  return query(pool, FIND, values)
}

const NAMES = `jsonb_to_recordset($1::jsonb) AS x("projectId" text, kind text)`
const FIND = `
  SELECT s.id, s."projectId", s.name AS kind
  FROM ${NAMES} JOIN scripts s ON coalesce(s."projectId", '') = coalesce(x."projectId", '') AND s.name = x.kind`
const ADD = `
  INSERT INTO scripts ("projectId", name)
  SELECT x."projectId", x.kind FROM ${NAMES} ORDER BY 1, 2
  ON CONFLICT DO NOTHING`
