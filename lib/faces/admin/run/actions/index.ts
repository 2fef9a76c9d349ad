import { html } from 'hono/html'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { toProblem } from '../../../../http/problem.ts'
import { isLedgerError, type LedgerError } from '../../../../run/errors.ts'
import type { Run } from '../../../../run/run.ts'
import type { Form, Page, PageCall, View } from '../../page.ts'
import { askedAction, csrfField } from '../../parts/form.ts'
import { paths } from '../../paths.ts'
import type { Reader } from '../../reader.ts'
import { sayNext } from '../../session/cookies.ts'
import { retentionActions } from './retention-actions.ts'
import type { Asked, RunAction } from './run-action.ts'
import { storageActions } from './storage-actions.ts'
import { workActions } from './work-actions.ts'

/** What was asked for and refused: with what was typed, so that nobody types it again. */
export interface Refused {
  action: RunAction
  form: Form
  error: LedgerError
}

/** A page for each action: done, the run is shown again with a word about it; refused, with what was typed and why. */
export function actionPages(showRun: (call: PageCall, refused: Refused) => Promise<View>): Page[] {
  return [...workActions, ...storageActions, ...retentionActions].map((action) => ({
    method: 'post',
    path: paths.runAction('{id}', action.name),
    scope: action.scope,
    async handler(call) {
      const { c, ctx, params, form, reader } = call
      const id = params.id ?? ''
      try {
        const { say, to = paths.run(id) } = await action.act(ctx, id, form, reader)
        sayNext(c, say)
        return c.redirect(to, 303)
      } catch (error) {
        if (!isLedgerError(error) || !SHOWN.has(error.code)) throw error
        const status = toProblem(error, ctx.requestId).status as ContentfulStatusCode
        return { ...(await showRun(call, { action, form, error })), status }
      }
    },
  }))
}

/** What is said on the run's own page. */
const SHOWN = new Set<LedgerError['code']>(['invalid', 'conflict', 'limited', 'unavailable'])

/** The buttons for what can be done about how a run goes. */
export const workButtons = (run: Run, reader: Reader) => buttons([...workActions], run, reader)

/** The buttons for what can be done about its files, and for how long they are kept. */
export const storageButtons = (run: Run, reader: Reader) =>
  buttons(
    [...storageActions, ...retentionActions].filter((action) => !isOnTop(action, run)),
    run,
    reader,
  )

/** The button that brings a deleted run back: it stands where it is said that it was deleted. */
export const restoreButton = (run: Run, reader: Reader) =>
  buttons(
    storageActions.filter((action) => isOnTop(action, run)),
    run,
    reader,
  )

const isOnTop = ({ name }: RunAction, { storageState }: Run) =>
  name === 'restore' && storageState === 'deleted'

function buttons(actions: RunAction[], run: Run, reader: Reader) {
  const offered = actions.filter((action) => action.isOffered(run, reader))
  if (offered.length === 0) return ''
  return html`<div class="actions">${offered.map((action) => {
    const { name, label, confirm, tone } = action
    const button = {
      to: paths.runAction(run.id, name),
      label,
      confirm,
      ...(tone === undefined ? {} : { tone }),
    }
    return askedAction(reader, button, action.asked(askedOf(run, reader, action)))
  })}</div>`
}

/** An action that was refused: why, and where something that was typed is wrong, the form again. */
export function refusedAction(run: Run, reader: Reader, { action, form, error }: Refused) {
  const alert = html`<p class="problem" role="alert">${error.message}</p>`
  if (error.code !== 'invalid') return alert
  const { name, confirm, tone } = action
  return html`${alert}<form method="post" action="${paths.runAction(run.id, name)}" class="panel asked-again">
    ${csrfField(reader)} ${action.asked(askedOf(run, reader, action, { form, error }))}
    <button class="${tone ?? 'main'}">${confirm}</button>
  </form>`
}

function askedOf(
  run: Run,
  reader: Reader,
  action: RunAction,
  refused?: Pick<Refused, 'form' | 'error'>,
): Asked {
  const again = refused === undefined ? '' : '-again'
  return {
    run,
    reader,
    field: (name) => ({
      name,
      id: `${action.name}-${name}${again}`,
      value: refused?.form.get(name),
      problem: refused?.error.issues.find(({ path }) => path === name)?.message,
    }),
  }
}
