import type { Verbs } from '../../../client/verbs.ts'
import { LedgerError } from '../../../run/errors.ts'
import { parseJson } from '../../../run/json.ts'
import { joinPlans, type RetentionPlan } from '../../../run/retention-plan.ts'
import type { CommandDependencies } from '../../outside.ts'
import { toJson } from '../../terminal/to-json.ts'
import { withVerbs } from '../../with-verbs.ts'

type PlanRetention = Parameters<Verbs['planRetention']>[0]

export interface PlanOptions extends Pick<PlanRetention, 'at' | 'projectId' | 'kind' | 'terms'> {
  /** Rules as JSON, in the place of those in force. */
  rules?: string | undefined
  stdin: boolean
}

/** `retention plan`: what policies come to. However many runs there are, it goes on until it has looked at all. */
export async function planCommand(
  { rules, stdin, ...asked }: PlanOptions,
  deps: CommandDependencies,
): Promise<number> {
  const { terminal, format } = deps
  const given = stdin ? await terminal.readInput(MOST_BYTES) : rules
  const input = { ...asked, ...(given === undefined ? {} : { rules: toRules(given, stdin) }) }
  const plan = await withVerbs(deps, (verbs) => wholePlan(verbs, input, deps))
  if (format !== 'text') terminal.print(toJson(plan))
  else {
    const { planInWords } = await import('../../terminal/plan-words.ts')
    terminal.print(planInWords(plan, { width: terminal.width(), paint: terminal.paint }))
    terminal.hint('\nNothing was touched. Why of one run: runledger retention explain <id>')
  }
  return 0
}

async function wholePlan(
  verbs: Verbs,
  input: PlanRetention,
  { terminal }: CommandDependencies,
): Promise<RetentionPlan> {
  let plan = await verbs.planRetention(input)
  while (plan.nextCursor !== null) {
    terminal.hint(`${plan.examined} runs so far …`)
    // Of one instant, or the parts would not be of one plan.
    const part = await verbs.planRetention({ ...input, at: plan.at, cursor: plan.nextCursor })
    plan = joinPlans(plan, part)
  }
  return plan
}

const MOST_BYTES = 1_048_576

/** A list of rules, or what `GET /v1/retention/policies` answers. Whether they are rules is the verb's to say. */
function toRules(text: string, stdin: boolean): NonNullable<PlanRetention['rules']> {
  const where = stdin ? 'stdin' : '--rules'
  const value = parsed(text, where)
  const rules = typeof value === 'object' && value !== null && 'rules' in value ? value.rules : value
  if (Array.isArray(rules)) return rules
  throw new LedgerError(
    'invalid',
    `${where} is no list of rules, such as [{"state": "failed", "deleteAfterDays": 90}]`,
  )
}

function parsed(text: string, where: string): unknown {
  try {
    return parseJson(text)
  } catch {
    throw new LedgerError('invalid', `${where} is ${text.trim() === '' ? 'empty' : 'not JSON'}`)
  }
}
