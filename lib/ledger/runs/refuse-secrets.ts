import type { SecretScanner } from '../../ports/secret-scanner.ts'
import type { Issue } from '../../run/errors.ts'
import { LedgerError } from '../../run/errors.ts'

/**
 * Throws `invalid` naming the path of every credential found in the values (never the credential itself).
 * `{"$secret": "name"}` is how a run refers to one. Source 004.
 */
export async function refuseSecrets(scanner: SecretScanner, values: Record<string, unknown>): Promise<void> {
  const leaves: { path: string; start: number }[] = []
  let text = ''
  for (const [path, key, value] of textsOf('', '', values)) {
    leaves.push({ path, start: text.length })
    // The key stands before its value: some rules know a secret by its name.
    text += `${key}=${value}\n`
  }
  const found = text.length < SHORTEST ? [] : await scanner.scan(text)
  if (found.length === 0) return
  const paths = new Map(found.map(({ rule, start }) => [pathAt(leaves, start), rule]))
  const issues: Issue[] = [...paths].map(([path, rule]) => ({
    path,
    message: `looks like a secret (${rule})`,
  }))
  throw new LedgerError(
    'invalid',
    `${issues[0]?.path} looks like a secret; keep it in the worker's environment and pass {"$secret": "name"} instead`,
    { issues },
  )
}

// No rule knows a secret this short.
const SHORTEST = 12

function* textsOf(
  path: string,
  key: string,
  value: unknown,
): Generator<[path: string, key: string, text: string]> {
  if (typeof value === 'string') yield [path, key, value]
  else if (typeof value === 'object' && value !== null && !isReference(value))
    for (const [name, inner] of Object.entries(value))
      yield* textsOf(path === '' ? name : `${path}.${name}`, name, inner)
}

function isReference(value: object): boolean {
  const keys = Object.keys(value)
  return keys.length === 1 && keys[0] === '$secret'
}

function pathAt(leaves: { path: string; start: number }[], position: number): string {
  return leaves.findLast(({ start }) => start <= position)?.path ?? ''
}
