import { html } from 'hono/html'
import { getPolicies, type PoliciesInForce, putPolicies } from '../../../ledger/retention/policies.ts'
import { SimulatedPolicies, simulatePolicies } from '../../../ledger/retention/simulate-policies.ts'
import { isLedgerError } from '../../../run/errors.ts'
import type { Form, Html, Page, PageCall, View } from '../page.ts'
import { counted } from '../parts/words.ts'
import { paths } from '../paths.ts'
import type { Reader } from '../reader.ts'
import { sayNext } from '../session/cookies.ts'
import { policiesInForce } from './policies-in-force.ts'
import { type Editing, policyEditor } from './policy-editor.ts'
import { simulationPanel } from './simulation.ts'
import { storageFrame } from './storage-frame.ts'
import { blankRule, MOST_RULES, readTyped, rulesOf, typedOf } from './typed-rules.ts'

/** How long somebody waits for one part of a simulation. */
const SIMULATED_MS = 4_000
const LINES_MORE = 3

export const policiesPages: Page[] = [
  {
    method: 'get',
    path: paths.policies(),
    scope: 'admin',
    async handler({ ctx, reader }) {
      const policies = await getPolicies(ctx)
      return view(reader, policies, { typed: policies.rules.map(typedOf), revision: policies.revision })
    },
  },
  { method: 'post', path: paths.policiesSimulated, scope: 'admin', handler: simulate },
  { method: 'post', path: paths.policies(), scope: 'admin', handler: save },
]

async function simulate({ ctx, form, reader }: PageCall): Promise<View> {
  const policies = await getPolicies(ctx)
  const editing = editingOf(form)
  if (form.get('do') === 'add') {
    const typed = [...editing.typed, ...Array.from({ length: LINES_MORE }, blankRule)].slice(0, MOST_RULES)
    return view(reader, policies, { ...editing, typed })
  }
  const read = rulesOf(editing.typed)
  if ('problems' in read) return { ...view(reader, policies, { ...editing, ...read }), status: 422 }
  const asked = form.get('do') === 'on' ? { soFar: soFarOf(form) } : atOf(editing.day)
  try {
    const simulated = await simulatePolicies(ctx, { rules: read.rules, ...asked }, { budgetMs: SIMULATED_MS })
    const isPart = simulated.edited.nextCursor !== null || simulated.inForce.nextCursor !== null
    const soFar = isPart ? JSON.stringify(simulated) : undefined
    return view(reader, policies, { ...editing, soFar }, simulationPanel(reader, simulated))
  } catch (error) {
    if (!isLedgerError(error) || error.code !== 'invalid') throw error
    return { ...view(reader, policies, { ...editing, problem: error.message }), status: 422 }
  }
}

async function save({ c, ctx, form, reader }: PageCall): Promise<View | Response> {
  const editing = editingOf(form)
  const again = async (more: Partial<Editing>, status: 409 | 422) => {
    const policies = await getPolicies(ctx)
    return { ...view(reader, policies, { ...editing, ...more }), status }
  }
  const read = rulesOf(editing.typed)
  if ('problems' in read) return await again(read, 422)
  const { reason, revision } = editing
  try {
    const set = await putPolicies(ctx, { ...read, revision, ...(reason === undefined ? {} : { reason }) })
    sayNext(c, `Revision ${set.revision} of the policies is in force: ${counted(set.rules.length, 'rule')}`)
    return c.redirect(paths.policies(), 303)
  } catch (error) {
    if (!isLedgerError(error)) throw error
    if (error.code === 'invalid') return await again({ problem: error.message }, 422)
    if (error.code === 'conflict') return await again(await newer(ctx), 409)
    throw error
  }
}

/** Somebody else was first: what they have set is above, what was typed here is still there, and can be put over it. */
async function newer(ctx: PageCall['ctx']): Promise<Partial<Editing>> {
  const { revision, setBy } = await getPolicies(ctx)
  return {
    revision,
    problem:
      `${setBy} has set revision ${revision} since you began: it is what stands above. What you typed is still below. ` +
      'Take over what you want of theirs, then save again: yours replaces all of theirs.',
  }
}

function editingOf(form: Form): Editing {
  const revision = Number(form.get('revision') ?? 0)
  return {
    typed: readTyped(form),
    revision: Number.isSafeInteger(revision) && revision >= 0 ? revision : 0,
    reason: form.get('reason'),
    day: form.get('day'),
  }
}

/** From midnight of that day on; what is no day is refused by the verb. */
const atOf = (day: string | undefined) => (day === undefined ? {} : { at: `${day}T00:00:00.000Z` })

/** What cannot be read is begun anew. */
function soFarOf(form: Form): SimulatedPolicies | undefined {
  try {
    return SimulatedPolicies.safeParse(JSON.parse(form.get('soFar') ?? 'null')).data
  } catch {
    return undefined
  }
}

function view(reader: Reader, policies: PoliciesInForce, editing: Editing, result?: Html): View {
  return {
    title: 'Retention policies',
    section: 'storage',
    body: storageFrame(
      'Policies',
      'policies',
      html`${policiesInForce(reader, policies)} ${policyEditor(reader, editing)} ${result ?? ''}`,
    ),
  }
}
