/** Looks a secret up by the name that runs give it. */
export type SecretOf = (name: string) => string | undefined

/** An input with its secrets in place, or the names of those that are missing. */
export interface Resolved {
  input: unknown
  missing: string[]
  /** The same, with every text in it free of the secrets' values. */
  redact: <T>(value: T) => T
  hidden: Hidden[]
}

/** One way in which a secret's value is written, and what stands in its place; longer ones first. */
export interface Hidden {
  form: string
  instead: string
}

/** Replaces each `{"$secret": "name"}` of an input, wherever it stands, by what it stands for. */
export function resolveSecrets(input: unknown, secretOf: SecretOf): Resolved {
  const found = new Map<string, string>()
  const missing = new Set<string>()
  const resolve = (value: unknown): unknown => {
    if (typeof value !== 'object' || value === null) return value
    if (Array.isArray(value)) return value.map(resolve)
    const name = referenceIn(value)
    if (name === null)
      return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, resolve(one)]))
    const secret = secretOf(name)
    if (secret === undefined || secret === '') missing.add(name)
    else if (typeof secret !== 'string') throw new TypeError(`the secret ${JSON.stringify(name)} is no text`)
    else found.set(name, secret)
    return secret
  }
  const resolved = resolve(input)
  const hidden = hiddenOf(found)
  return { input: resolved, missing: [...missing], redact: redactor(hidden), hidden }
}

function referenceIn(value: object): string | null {
  const [entry, ...more] = Object.entries(value)
  return entry?.[0] === '$secret' && typeof entry[1] === 'string' && more.length === 0 ? entry[1] : null
}

/** Shorter values stand in too many texts by chance. */
const SHORTEST = 4

function hiddenOf(secrets: Map<string, string>): Hidden[] {
  const named = [...secrets].flatMap(([name, value]) => formsOf(value).map((form) => [form, name] as const))
  return [...new Map(named)]
    .map(([form, name]) => ({ form, instead: `[secret ${name}]` }))
    .filter(({ form }) => form.trim().length >= SHORTEST)
    .sort((a, b) => b.form.length - a.form.length)
}

function redactor(hidden: Hidden[]): <T>(value: T) => T {
  if (hidden.length === 0) return (value) => value
  return (value) => mapTexts(value, (text) => hide(text, hidden)) as typeof value
}

/** The text without what is hidden. */
export function hide(text: string, hidden: Hidden[]): string {
  return hidden.reduce((rest, { form, instead }) => rest.replaceAll(form, () => instead), text)
}

/** Every text in a value changed; what stands in it twice, or holds itself, is told once. */
function mapTexts(value: unknown, change: (text: string) => string, told = new Set<unknown>()): unknown {
  if (typeof value === 'string') return change(value)
  if (typeof value !== 'object' || value === null) return value
  if (told.has(value)) return '[told above]'
  told.add(value)
  if (Array.isArray(value)) return value.map((one) => mapTexts(one, change, told))
  // A date, a URL: as JSON would have it.
  const { toJSON } = value as { toJSON?: unknown }
  if (typeof toJSON === 'function') return mapTexts(toJSON.call(value), change, told)
  const { name, message, stack, cause } = value as Error
  const whole = value instanceof Error ? { ...value, name, message, stack, cause } : value
  return Object.fromEntries(
    Object.entries(whole).map(([key, one]) => [change(key), mapTexts(one, change, told)]),
  )
}

/**
 * The ways a value is written: as it is, within JSON, within a URL, as base64; also without the white space at its ends (a
 * file's last line break), and each line of several.
 */
function formsOf(value: string): string[] {
  const lines = value.split(/[\r\n]+/)
  const texts = [value, value.trim(), value.trimEnd(), ...lines, ...lines.map((line) => line.trim())]
  return [...new Set(texts)].flatMap((text) => {
    const json = JSON.stringify(text).slice(1, -1)
    return [text, json, encodeURIComponent(text.toWellFormed()), Buffer.from(text).toString('base64')]
  })
}
