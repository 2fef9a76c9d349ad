import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { LedgerError } from '../run/errors.ts'
import { textOf } from './error-text.ts'
import type { Handler } from './handler.ts'

/**
 * The handlers of a TypeScript or JavaScript file, by kind: its default export, an object of functions, or else its named
 * exports that are functions. Throws `invalid` for a file that cannot be loaded, or has none.
 */
export async function loadHandlers(path: string): Promise<Record<string, Handler>> {
  const file = resolve(path)
  const module = await import(pathToFileURL(file).href).catch((cause: unknown) => {
    throw new LedgerError('invalid', `cannot load the handlers of ${path}: ${whyAndWhere(cause)}`, { cause })
  })
  const handlers = Object.fromEntries(
    Object.entries(handlersIn(module)).filter(([, one]) => typeof one === 'function'),
  )
  if (Object.keys(handlers).length > 0) return handlers as Record<string, Handler>
  throw new LedgerError(
    'invalid',
    `${path} has no handlers: export default { 'some.kind': async (run, { signal }) => … }`,
  )
}

/** Its stack without what is Node's own: where it is wrong (a syntax error's line is shown before it), and what. */
function whyAndWhere(cause: unknown): string {
  const lines = textOf(cause).split('\n')
  return lines.filter((line) => line.trim() !== '' && !NODE_OWN.test(line)).join('\n')
}

const NODE_OWN = /^\s+at .*\bnode:/

function handlersIn(module: Record<string, unknown>): object {
  const { default: main, ...named } = module
  return typeof main === 'object' && main !== null ? main : named
}
