import type { Context as HonoContext } from 'hono'
import { readBytes } from '../../../http/read-body.ts'
import { LedgerError } from '../../../run/errors.ts'
import type { Form } from '../page.ts'

const FORM_BYTES = 1_048_576

/** The fields of a form that was sent as browsers do. Throws `invalid`, `too_large`. */
export async function readForm(c: HonoContext): Promise<Form> {
  const type = c.req.header('content-type') ?? ''
  if (!/^application\/x-www-form-urlencoded\s*(;|$)/i.test(type))
    throw new LedgerError('invalid', 'a form must be sent as application/x-www-form-urlencoded')
  return formOf(new URLSearchParams(Buffer.from(await readBytes(c, FORM_BYTES)).toString('utf8')))
}

export const EMPTY_FORM: Form = formOf(new URLSearchParams())

function formOf(fields: URLSearchParams): Form {
  return {
    get: (name) => fields.get(name)?.trim() || undefined,
    all: (name) => fields.getAll(name),
  }
}
