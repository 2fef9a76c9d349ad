import type { OpenVerbs } from '../../client/verbs.ts'
import type { Scope } from '../../ports/actor.ts'

export interface KeysDependencies {
  open: () => Promise<OpenVerbs>
  print: (text: string) => void
  json: boolean
}

/** `keys create`: prints the key, which is shown this once. */
export async function createKeyCommand(
  options: { name: string; scopes: Scope[]; project?: string; expires?: string },
  deps: KeysDependencies,
): Promise<void> {
  await withVerbs(deps, async ({ verbs }) => {
    const { name, scopes, project, expires } = options
    const key = await verbs.createKey({
      name,
      scopes,
      ...(project === undefined ? {} : { projectId: project }),
      ...(expires === undefined ? {} : { expiresAt: expires }),
    })
    deps.print(
      deps.json
        ? JSON.stringify(key)
        : `${key.key}\n\nShown this once. It is key ${key.id}, for ${key.scopes.join(', ')}.`,
    )
  })
}

/** `keys list`: every key, newest first. */
export async function listKeysCommand(deps: KeysDependencies): Promise<void> {
  await withVerbs(deps, async ({ verbs }) => {
    const keys = []
    for (let cursor: string | undefined; ; ) {
      const page = await verbs.listKeys({ limit: 100, ...(cursor ? { cursor } : {}) })
      keys.push(...page.data)
      if (page.nextCursor === null) break
      cursor = page.nextCursor
    }
    if (deps.json) return deps.print(JSON.stringify(keys))
    if (keys.length === 0)
      return deps.print('There is no key yet. Make one: runledger keys create --name ci --scope runs:write')
    const rows = keys.map((key) => [
      key.id,
      key.name,
      key.scopes.join(','),
      key.projectId ?? '-',
      key.lastUsedAt ?? 'never',
      stateOf(key),
    ])
    deps.print(aligned([['ID', 'NAME', 'SCOPES', 'PROJECT', 'LAST USED', 'STATE'], ...rows]))
  })
}

/** `keys rotate`: a new secret for the same key. */
export async function rotateKeyCommand(id: string, deps: KeysDependencies): Promise<void> {
  await withVerbs(deps, async ({ verbs }) => {
    const key = await verbs.rotateKey({ id })
    deps.print(
      deps.json
        ? JSON.stringify(key)
        : `${key.key}\n\nShown this once. The old secret of key ${key.id} has ended.`,
    )
  })
}

/** `keys revoke`: the end of a key. */
export async function revokeKeyCommand(id: string, deps: KeysDependencies): Promise<void> {
  await withVerbs(deps, async ({ verbs }) => {
    const key = await verbs.revokeKey({ id })
    deps.print(deps.json ? JSON.stringify(key) : `Key ${key.id} (${key.name}) is revoked.`)
  })
}

async function withVerbs(deps: KeysDependencies, work: (opened: OpenVerbs) => Promise<void>): Promise<void> {
  const opened = await deps.open()
  try {
    await work(opened)
  } finally {
    await opened.close()
  }
}

const stateOf = ({ revokedAt, expiresAt }: { revokedAt: string | null; expiresAt: string | null }) =>
  revokedAt !== null ? 'revoked' : expiresAt !== null ? `until ${expiresAt}` : 'in use'

function aligned(rows: string[][]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}
