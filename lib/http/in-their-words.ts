import { isLedgerError, LedgerError } from '../run/errors.ts'

/**
 * What a verb gives; where it finds something wrong, told by the names that the face's clients have for its fields. `nameOf` gives such a
 * name, or undefined for what has none of its own.
 */
export async function inTheirWords<T>(
  nameOf: (path: string) => string | undefined,
  asked: Promise<T>,
): Promise<T> {
  try {
    return await asked
  } catch (error) {
    if (!isLedgerError(error) || error.code !== 'invalid') throw error
    const named = error.issues.map(({ path, message }) => ({ path: nameOf(path) ?? path, message }))
    const [first] = error.issues
    const begins = first !== undefined && first.path !== '' && error.message.startsWith(first.path)
    const message = begins ? `${named[0]?.path}${error.message.slice(first.path.length)}` : error.message
    throw new LedgerError('invalid', message, { issues: named, cause: error })
  }
}
