import { LedgerError } from '../run/errors.ts'
import { strangeAnswer, unreachable } from './errors.ts'

/** The bad answer of a store, with the code that S3 has in it. It may pass: a URL that has run out is signed anew. */
export async function storeAnswer(url: string, response: Response): Promise<LedgerError> {
  const text = await response.text().catch(() => '')
  const error = strangeAnswer(placeOf(url), response)
  const why = /<Code>(\w{1,100})<\/Code>/.exec(text)?.[1]
  return why === undefined
    ? error
    : new LedgerError(error.code, `${error.message} (${why})`, {
        ...(error.retryAfterSeconds === undefined ? {} : { retryAfterSeconds: error.retryAfterSeconds }),
      })
}

/** No answer of a store at all. */
export const storeGone = (url: string, cause: Error): LedgerError => unreachable(placeOf(url), cause)

/** A signed URL opens a file to whoever reads it: nothing of it but its host is told. */
const placeOf = (url: string) => URL.parse(url)?.origin ?? 'the object store'
