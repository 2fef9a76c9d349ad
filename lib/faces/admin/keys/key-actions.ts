import { type CreateKey, createKey, revokeKey, rotateKey } from '../../../ledger/keys/keys.ts'
import { Scope } from '../../../ports/actor.ts'
import { isLedgerError, LedgerError } from '../../../run/errors.ts'
import type { Form, Page, PageCall } from '../page.ts'
import { endOfDay } from '../parts/days.ts'
import { paths } from '../paths.ts'
import type { Reader } from '../reader.ts'
import { sayNext, sayRefused } from '../session/cookies.ts'
import { keysView } from './list-page.ts'
import { idOfOnce } from './once.ts'

/** What is done with keys. A new text is shown by the answer itself, which nobody keeps: it is in no address and no cookie. */
export const keyActions: Page[] = [
  {
    method: 'post',
    path: paths.keys(),
    scope: 'admin',
    async handler(call) {
      const { ctx, form, reader } = call
      try {
        const made = await createKey(ctx, read(form, reader), { id: idOfOnce(ctx, form) })
        return await keysView(call, { made })
      } catch (error) {
        if (!isLedgerError(error) || error.code !== 'invalid') return refused(call, error)
        return await keysView(call, { typed: form, problems: problemsOf(error) })
      }
    },
  },
  {
    method: 'post',
    path: paths.keyAction('{id}', 'rotate'),
    scope: 'admin',
    async handler(call) {
      const { ctx, params, form } = call
      try {
        const made = await rotateKey(ctx, { id: params.id ?? '' }, { seen: form.get('seen') })
        return await keysView(call, { made })
      } catch (error) {
        return refused(call, error)
      }
    },
  },
  {
    method: 'post',
    path: paths.keyAction('{id}', 'revoke'),
    scope: 'admin',
    async handler(call) {
      const { c, ctx, params } = call
      try {
        const { name } = await revokeKey(ctx, { id: params.id ?? '' })
        sayNext(c, `The key ${name} is revoked.`)
        return c.redirect(paths.keys(), 303)
      } catch (error) {
        return refused(call, error)
      }
    },
  },
]

/** What somebody else, or the same form, has done before is said with the keys as they are now. */
function refused({ c }: PageCall, error: unknown): Response {
  if (!isLedgerError(error) || (error.code !== 'conflict' && error.code !== 'not_found')) throw error
  sayRefused(c, `Nothing was done: ${error.message}`)
  return c.redirect(paths.keys(), 303)
}

function read(form: Form, reader: Reader): CreateKey {
  const [owner, day] = [form.get('owner'), form.get('expiresAt')]
  return {
    name: form.get('name') ?? '',
    scopes: Scope.options.filter((scope) => form.all('scopes').includes(scope)),
    projectId: form.get('projectId') ?? null,
    ...(owner === undefined ? {} : { owner }),
    ...(day === undefined ? {} : { expiresAt: lastInstant(reader, day) }),
  }
}

/** When a day is over by the reader's clock. Throws `invalid` for what is none. */
function lastInstant({ zone }: Reader, day: string): string {
  const end = endOfDay(zone, day)
  if (end !== undefined) return end
  const message = 'must be a day, such as 2027-01-31'
  throw new LedgerError('invalid', `expiresAt ${message}`, { issues: [{ path: 'expiresAt', message }] })
}

/** By field: of a list, what is wrong with one of them is wrong with it. */
const problemsOf = ({ issues }: LedgerError): Record<string, string> =>
  Object.fromEntries(issues.map(({ path, message }) => [path.split('.')[0] ?? path, message]))
