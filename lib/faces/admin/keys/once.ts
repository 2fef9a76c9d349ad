import type { Context } from '../../../ports/context.ts'
import type { Form } from '../page.ts'

const PREFIX = 'key:'

/** Goes into a form that makes a key: the id of that key, which nobody but us may choose. */
export const onceFor = ({ signer, newId }: Context): string => signer.sign('csrf', `${PREFIX}${newId()}`)

/** The id that such a form came with; undefined where it has none of ours. */
export function idOfOnce({ signer }: Context, form: Form): string | undefined {
  const payload = signer.verify('csrf', form.get('once') ?? '')
  return payload?.startsWith(PREFIX) ? payload.slice(PREFIX.length) : undefined
}
