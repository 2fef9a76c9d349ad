import type { SecretScanner } from '../../ports/secret-scanner.ts'
import { LedgerError } from '../../run/errors.ts'

/**
 * Throws `invalid` naming the path of every credential found in the values (never the credential itself).
 * `{"$secret": "name"}` is how a run refers to one. Source 004.
 */
export async function refuseSecrets(scanner: SecretScanner, values: unknown): Promise<void> {
  const [error] = await findSecrets(scanner, [values])
  if (error) throw error
}

/** The same for many at once, in one scan; each answer, in order, is the error or null. */
export async function findSecrets(scanner: SecretScanner, all: unknown[]): Promise<(LedgerError | null)[]> {
  const leaves: Leaf[] = []
  let text = ''
  for (const [owner, values] of all.entries())
    for (const [path, key, value] of textsOf('', '', values)) {
      if (!MAY_BE_SECRET.test(value)) continue
      leaves.push({ owner, path, start: text.length })
      // The key stands before its value: some rules know a secret by its name.
      text += `${key}=${value}\n`
    }
  const found = leaves.length === 0 ? [] : await scanner.scan(text)
  const hits = found.map(({ rule, start }) => ({ rule, ...leafAt(leaves, start) }))
  return all.map((_, owner) => toError(hits.filter((hit) => hit.owner === owner)))
}

interface Leaf {
  owner: number
  path: string
  start: number
}

// Every rule needs a long unbroken word, or a URL's user part; most values have neither and are not scanned.
const MAY_BE_SECRET = /[A-Za-z0-9+/_.~%-]{16}|:\/\/|-----BEGIN/

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

function leafAt(leaves: Leaf[], position: number): Leaf {
  return leaves.findLast(({ start }) => start <= position) ?? { owner: 0, path: '', start: 0 }
}

function toError(hits: { rule: string; path: string }[]): LedgerError | null {
  const paths = new Map(hits.map(({ path, rule }) => [path, rule]))
  const issues = [...paths].map(([path, rule]) => ({ path, message: `looks like a secret (${rule})` }))
  if (issues.length === 0) return null
  const advice = `keep it in the worker's environment and pass {"$secret": "name"} instead`
  return new LedgerError('invalid', `${issues[0]?.path} looks like a secret; ${advice}`, { issues })
}
