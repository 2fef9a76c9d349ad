import { readFile } from 'node:fs/promises'
import { cpus, totalmem } from 'node:os'
import { join } from 'node:path'
import type { Databases } from './databases.ts'

const ROOT = join(import.meta.dirname, '../..')

/** What it ran on, as lines of a list. */
export async function describeMachine({ admin }: Databases): Promise<string[]> {
  const [row] = await admin('SHOW server_version')
  const [fsync] = await admin(
    `SELECT string_agg(name || ' ' || setting, ', ' ORDER BY name) AS text FROM pg_settings
     WHERE name IN ('fsync', 'synchronous_commit', 'full_page_writes')`,
  )
  const versions = await Promise.all(['pg', 'pg-boss', 'graphile-worker'].map(versionOf))
  return [
    `${new Date().toISOString().slice(0, 10)}, ${cpus().length} cores (${cpus()[0]?.model ?? 'unknown'}), ${Math.round(totalmem() / 2 ** 30)} GB of memory`,
    `Node ${process.versions.node}, Postgres ${row?.server_version} (${fsync?.text}; all else as it comes)`,
    versions.join(', '),
  ]
}

async function versionOf(name: string): Promise<string> {
  const { version } = JSON.parse(await readFile(join(ROOT, 'node_modules', name, 'package.json'), 'utf8'))
  return `${name} ${version}`
}
