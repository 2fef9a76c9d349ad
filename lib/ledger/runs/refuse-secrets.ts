import type { SecretScanner } from '../../ports/secret-scanner.ts'
import { LedgerError } from '../../run/errors.ts'

/**
 * Throws `invalid` naming the path of every credential found in the values (never the credential itself).
 * `{"$secret": "name"}` is how a run refers to one; it passes because a name is no credential. Source 004.
 */
export async function refuseSecrets(scanner: SecretScanner, values: unknown): Promise<void> {
  const [error] = await findSecrets(scanner, [values])
  if (error) throw error
}

/** The same for many at once, in one scan; each answer, in order, is the error or null. */
export async function findSecrets(scanner: SecretScanner, all: unknown[]): Promise<(LedgerError | null)[]> {
  const leaves: (Leaf & { start: number })[] = []
  let text = ''
  for (const [owner, values] of all.entries())
    for (const leaf of leavesOf({ owner, path: [], value: values })) {
      if (!MAY_BE_SECRET.test(leaf.value)) continue
      leaves.push({ ...leaf, start: text.length })
      // The key stands before its value: some rules know a secret by its name.
      text += leaf.isKey ? `${leaf.value}\n` : `${leaf.path.at(-1) ?? ''}=${leaf.value}\n`
    }
  const found = leaves.length === 0 ? [] : await scanner.scan(text)
  const hits = found.flatMap(({ rule, start }) => {
    const leaf = leaves.findLast((one) => one.start <= start)
    return leaf === undefined ? [] : [{ ...leaf, rule }]
  })
  return all.map((_, owner) => toError(hits.filter((hit) => hit.owner === owner)))
}

/** A piece of text in the values: a key, or what stands under one. */
interface Leaf {
  owner: number
  path: string[]
  value: string
  isKey: boolean
}

// Every rule needs a long unbroken word, or a URL's user part; most values have neither and are not scanned.
const MAY_BE_SECRET = /[A-Za-z0-9+/_.~%-]{16}|:\/\/|-----BEGIN/

function* leavesOf({
  owner,
  path,
  value,
}: {
  owner: number
  path: string[]
  value: unknown
}): Generator<Leaf> {
  if (typeof value === 'string') yield { owner, path, value, isKey: false }
  else if (typeof value === 'object' && value !== null)
    for (const [key, inner] of Object.entries(value)) {
      const place = { owner, path: [...path, key] }
      if (!Array.isArray(value)) yield { ...place, value: key, isKey: true }
      yield* leavesOf({ ...place, value: inner })
    }
}

/** A key that is a secret itself is `*` in every path. */
function toError(hits: (Leaf & { rule: string })[]): LedgerError | null {
  const secretKeys = new Set(hits.filter(({ isKey }) => isKey).map(({ value }) => value))
  const shown = (path: string[]) => path.map((key) => (secretKeys.has(key) ? '*' : key)).join('.')
  const rules = new Map(hits.map(({ path, rule }) => [shown(path), rule]))
  const issues = [...rules].map(([path, rule]) => ({ path, message: `looks like a secret (${rule})` }))
  if (issues.length === 0) return null
  const advice = `keep it in the worker's environment and pass {"$secret": "name"} instead`
  return new LedgerError('invalid', `${issues[0]?.path} looks like a secret; ${advice}`, { issues })
}
