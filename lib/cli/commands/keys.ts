import type { Verbs } from '../../client/verbs.ts'
import type { Scope } from '../../ports/actor.ts'
import type { CommandDependencies } from '../outside.ts'
import { dataOf, pagesOf } from '../pages.ts'
import { plainLine } from '../terminal/plain-text.ts'
import { collectPages, printPages } from '../terminal/print-pages.ts'
import { relativeTime } from '../terminal/spoken-time.ts'
import { toJson } from '../terminal/to-json.ts'
import { withVerbs } from '../with-verbs.ts'

type Key = Awaited<ReturnType<Verbs['listKeys']>>['data'][number]

/** `keys create`: prints the key, which is shown this once. */
export async function createKeyCommand(
  options: { name: string; scopes: Scope[]; project?: string; expires?: string },
  deps: CommandDependencies,
): Promise<number> {
  const { name, scopes, project, expires } = options
  const key = await withVerbs(deps, (verbs) =>
    verbs.createKey({
      name,
      scopes,
      ...(project === undefined ? {} : { projectId: project }),
      ...(expires === undefined ? {} : { expiresAt: expires }),
    }),
  )
  const note = `Shown this once. It is key ${key.id}, for ${key.scopes.join(', ')}.`
  deps.terminal.print(deps.format === 'text' ? `${key.key}\n\n${note}` : toJson(key))
  return 0
}

/** `keys list`: every key, newest first. */
export async function listKeysCommand(deps: CommandDependencies): Promise<number> {
  const { terminal, format } = deps
  return withVerbs(deps, async (verbs) => {
    if (format !== 'text') await printPages(pages(verbs), { terminal, format })
    else terminal.print(await toText(await collectPages(pages(verbs), terminal), deps))
    return 0
  })
}

/** `keys rotate`: a new secret for the same key. */
export async function rotateKeyCommand(id: string, deps: CommandDependencies): Promise<number> {
  const key = await withVerbs(deps, (verbs) => verbs.rotateKey({ id }))
  const note = `Shown this once. The old secret of key ${key.id} has ended.`
  deps.terminal.print(deps.format === 'text' ? `${key.key}\n\n${note}` : toJson(key))
  return 0
}

/** `keys revoke`: the end of a key. */
export async function revokeKeyCommand(id: string, deps: CommandDependencies): Promise<number> {
  const key = await withVerbs(deps, (verbs) => verbs.revokeKey({ id }))
  const told = `Key ${key.id} (${plainLine(key.name)}) is revoked.`
  deps.terminal.print(deps.format === 'text' ? told : toJson(key))
  return 0
}

const pages = (verbs: Verbs): AsyncGenerator<Key[]> => dataOf(pagesOf((page) => verbs.listKeys(page)))

async function toText(keys: Key[], { terminal, now }: CommandDependencies): Promise<string> {
  if (keys.length === 0)
    return 'There is no key yet. Make one: runledger keys create --name ci --scope runs:write'
  const { table } = await import('../terminal/table.ts')
  return table(
    [
      { head: 'ID', cell: ({ id }) => id },
      { head: 'NAME', cell: ({ name }) => name, min: 8 },
      { head: 'SCOPES', cell: ({ scopes }) => scopes.join(','), min: 10, rank: 2 },
      { head: 'PROJECT', cell: ({ projectId }) => projectId ?? '-', min: 7, rank: 3 },
      {
        head: 'LAST USED',
        cell: ({ lastUsedAt }) => (lastUsedAt === null ? 'never' : relativeTime(lastUsedAt, now())),
        rank: 4,
      },
      {
        head: 'STATE',
        cell: stateOf,
        style: ({ revokedAt }) => (revokedAt === null ? 'green' : 'dim'),
        rank: 1,
      },
    ],
    keys,
    { width: terminal.width(), paint: terminal.paint },
  )
}

const stateOf = ({ revokedAt, expiresAt }: Key) =>
  revokedAt !== null ? 'revoked' : expiresAt !== null ? `until ${expiresAt}` : 'in use'
