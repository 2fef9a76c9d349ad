import type { ErrorCode } from '../../run/errors.ts'
import { exitCodeOf } from '../exit-code.ts'
import { plainLine } from '../terminal/plain-text.ts'
import type { Paint, Terminal } from '../terminal/terminal.ts'
import { toJson } from '../terminal/to-json.ts'

/** One thing that was looked at. */
export interface Finding {
  name: string
  status: 'ok' | 'warn' | 'fail'
  message: string
  /** What to do about it. */
  advice?: string | undefined
  /** Of a failure: what a command that meets it would fail with. */
  code?: ErrorCode | undefined
}

const LOOKS: Record<Finding['status'], { mark: string; look: Parameters<Paint>[0] }> = {
  ok: { mark: '✓', look: 'green' },
  warn: { mark: '!', look: 'yellow' },
  fail: { mark: '✗', look: 'red' },
}
const NAME_WIDTH = 14

/** `doctor`: looks at the set-up. Ends with 0 unless something fails: then as a command that meets it would. */
export async function doctorCommand({
  examine,
  terminal,
  json,
}: {
  examine: () => AsyncIterable<Finding>
  terminal: Terminal
  json: boolean
}): Promise<number> {
  const findings: Finding[] = []
  for await (const finding of examine()) {
    findings.push(finding)
    if (!json) terminal.print(toText(finding, terminal))
  }
  const failed = findings.filter(({ status }) => status === 'fail')
  const [first] = failed
  if (json) terminal.print(toJson({ ok: failed.length === 0, findings }))
  else terminal.print(`\n${summary(findings)}`)
  return first === undefined ? 0 : exitCodeOf(first.code ?? 'unavailable')
}

function toText({ name, status, message, advice }: Finding, { paint, width }: Terminal): string {
  const { mark, look } = LOOKS[status]
  const isScreen = width() !== undefined
  const shown = isScreen ? mark : status.padEnd(4)
  const indent = ' '.repeat(shown.length + NAME_WIDTH + 2)
  const line = `${paint(look, shown)} ${name.padEnd(NAME_WIDTH)} ${plainLine(message)}`
  return advice === undefined ? line : `${line}\n${indent}${paint('dim', `→ ${plainLine(advice)}`)}`
}

function summary(findings: Finding[]): string {
  const count = (status: Finding['status']) => findings.filter((one) => one.status === status).length
  const [failed, warned] = [count('fail'), count('warn')]
  if (failed + warned === 0) return 'All is well.'
  const warnings = warned === 0 ? '' : `${warned} to look at`
  const failures = failed === 0 ? 'Nothing is broken' : `${failed} to put right`
  return `${[failures, warnings].filter(Boolean).join(', ')}.`
}
