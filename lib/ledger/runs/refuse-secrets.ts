import type { SecretScanner } from '../../ports/secret-scanner.ts'
import { LedgerError } from '../../run/errors.ts'
import { mayBeSecret } from '../../run/may-be-secret.ts'

/**
 * Throws `invalid` naming the path of every credential found in the values (never the credential itself).
 * `{"$secret": "name"}` is how a run refers to one; it passes because a name is no credential. Source 004.
 */
export async function refuseSecrets(scanner: SecretScanner, values: unknown): Promise<void> {
  const [error] = await findSecrets(scanner, [values])
  if (error) throw error
}

/** The same for many at once; each answer, in order, is the error or null. */
export async function findSecrets(scanner: SecretScanner, all: unknown[]): Promise<(LedgerError | null)[]> {
  const hits: (Leaf & { rule: string })[] = []
  let piece: { text: string; leaves: (Leaf & { start: number })[] } = { text: '', leaves: [] }
  const scanPiece = async () => {
    const { text, leaves } = piece
    piece = { text: '', leaves: [] }
    for (const { rule, start } of leaves.length === 0 ? [] : await scanner.scan(text)) {
      const leaf = leaves.findLast((one) => one.start <= start)
      if (leaf) hits.push({ ...leaf, rule })
    }
  }
  for (const leaf of all.flatMap((values, owner) => worthScanning(owner, values))) {
    piece.leaves.push({ ...leaf, start: piece.text.length })
    // The key stands before its value: some rules know a secret by its name.
    piece.text += leaf.isKey ? `${leaf.value}\n` : `${leaf.path.at(-1) ?? ''}=${leaf.value}\n`
    if (piece.text.length > PIECE) await scanPiece()
  }
  await scanPiece()
  const byOwner = Map.groupBy(hits, ({ owner }) => owner)
  return all.map((_, owner) => toError(byOwner.get(owner) ?? []))
}

// What the scanner takes grows with the square of what it finds, so it is given little at a time.
const PIECE = 8_192

/** A piece of text in the values: a key, or what stands under one. */
interface Leaf {
  owner: number
  path: string[]
  value: string
  isKey: boolean
}

/** The pieces of text in a value that a rule might know. Most values have none, so a path is written only for those. */
function worthScanning(owner: number, value: unknown): Leaf[] {
  // What no word of the whole could be, none of its pieces is: JSON escapes no character of those that are looked for.
  if (!mayBeSecret(JSON.stringify(value) ?? '')) return []
  const found: Leaf[] = []
  const trail: string[] = []
  const look = (inner: unknown): void => {
    if (typeof inner === 'string') {
      if (mayBeSecret(inner)) found.push({ owner, path: [...trail], value: inner, isKey: false })
    } else if (typeof inner === 'object' && inner !== null)
      for (const key in inner) {
        trail.push(key)
        if (mayBeSecret(key) && !Array.isArray(inner))
          found.push({ owner, path: [...trail], value: key, isKey: true })
        look((inner as Record<string, unknown>)[key])
        trail.pop()
      }
  }
  look(value)
  return found
}

const MAX_ISSUES = 20

/** A key that is a secret itself is `*` in every path. */
function toError(hits: (Leaf & { rule: string })[]): LedgerError | null {
  const secretKeys = new Set(hits.filter(({ isKey }) => isKey).map(({ value }) => value))
  const shown = (path: string[]) => path.map((key) => (secretKeys.has(key) ? '*' : key)).join('.')
  const rules = new Map(hits.map(({ path, rule }) => [shown(path), rule]))
  const issues = [...rules]
    .slice(0, MAX_ISSUES)
    .map(([path, rule]) => ({ path, message: `looks like a secret (${rule})` }))
  if (issues.length === 0) return null
  const advice = `keep it in the worker's environment and pass {"$secret": "name"} instead`
  return new LedgerError('invalid', `${issues[0]?.path} looks like a secret; ${advice}`, { issues })
}
