import { createHash } from 'node:crypto'
import { guarded, type Pool, type PoolClient } from './connect.ts'

const names = new Map<string, string>()

/**
 * Runs one statement under a name made of its text, so each connection parses and plans it once.
 * Only for texts that are few: values go into `values`, never into the text.
 */
export async function query(
  on: Pool | PoolClient,
  text: string,
  values: unknown[] = [],
): Promise<Record<string, unknown>[]> {
  const ask = () => on.query({ text, values, name: nameOf(text) })
  // In a transaction a statement cannot be tried again by itself: whoever began it begins anew.
  const { rows } = await ('release' in on ? ask() : guarded(ask))
  return rows
}

/** The same without a name, for texts that are put together from many parts. */
export async function queryUnnamed(
  on: Pool | PoolClient,
  text: string,
  values: unknown[],
): Promise<Record<string, unknown>[]> {
  const { rows } = await guarded(() => on.query({ text, values }))
  return rows
}

function nameOf(text: string): string {
  let name = names.get(text)
  if (name === undefined) {
    name = `rl_${createHash('sha1').update(text).digest('base64url').slice(0, 20)}`
    names.set(text, name)
  }
  return name
}
