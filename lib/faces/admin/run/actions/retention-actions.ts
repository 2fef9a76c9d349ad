import { html } from 'hono/html'
import { DeleteRun, deleteRun } from '../../../../ledger/deletion/delete-run.ts'
import { parseInput } from '../../../../ledger/parse-input.ts'
import { holdRun, releaseRun } from '../../../../ledger/retention/hold-run.ts'
import { retainRun } from '../../../../ledger/retention/retain-run.ts'
import type { Run } from '../../../../run/run.ts'
import { isFinal } from '../../../../run/transitions.ts'
import type { Form } from '../../page.ts'
import { choice, field } from '../../parts/form.ts'
import { instantOf } from '../../parts/local-time.ts'
import { paths } from '../../paths.ts'
import { isAdmin, type Reader } from '../../reader.ts'
import { knownZone } from '../../session/known-zone.ts'
import { isHeldNow } from '../held-now.ts'
import type { Asked, RunAction } from './run-action.ts'
import { reasonField } from './work-actions.ts'

/** What admins can do about how long a run is kept. */
export const retentionActions: RunAction[] = [
  {
    name: 'hold',
    label: 'Hold',
    confirm: 'Hold the run',
    scope: 'admin',
    isOffered: (run, reader) => isAdmin(reader) && isThere(run),
    asked: (
      asked,
    ) => html`<p>While it is held it is neither archived away nor deleted, whatever the policies say.</p>
      ${reasonField(asked, { required: true })} ${untilField(asked, 'Empty: until it is released')}`,
    async act(ctx, id, form, reader) {
      const until = untilOf(form, reader)
      await holdRun(ctx, { id, reason: form.get('reason') ?? '', ...(until === null ? {} : { until }) })
      return { say: 'The run is held.' }
    },
  },
  {
    name: 'release',
    label: 'Release',
    confirm: 'Release the run',
    scope: 'admin',
    isOffered: (run, reader) => isAdmin(reader) && isThere(run) && isHeldNow(run, reader),
    asked: (asked) => html`<p>From then on the policies count for it again.</p>${reasonField(asked)}`,
    async act(ctx, id, form) {
      await releaseRun(ctx, { id, reason: form.get('reason') })
      return { say: 'The run is released.' }
    },
  },
  {
    name: 'retain',
    label: 'Keep for longer',
    confirm: 'Keep it for longer',
    scope: 'admin',
    isOffered: (run, reader) => isAdmin(reader) && isThere(run),
    asked: (asked) => html`<p>It is archived as any other, and not deleted before then.</p>
      ${untilField(asked, 'Empty: no longer than the policies say')} ${reasonField(asked, { required: true })}`,
    async act(ctx, id, form, reader) {
      const until = untilOf(form, reader)
      await retainRun(ctx, { id, until, reason: form.get('reason') ?? '' })
      return { say: until === null ? 'The run is kept as the policies say.' : 'The run is kept for longer.' }
    },
  },
  {
    name: 'delete',
    label: 'Delete',
    confirm: 'Delete the run',
    tone: 'danger',
    scope: 'admin',
    isOffered: (run, reader) => isAdmin(reader) && isFinal(run.state) && !isHeldNow(run, reader),
    asked: (asked) => html`${reasonField(asked, { required: true })}
      ${choice({
        ...asked.field('mode'),
        label: 'How',
        value: asked.field('mode').value ?? '',
        options: MODES.filter(([mode]) => asked.run.storageState !== 'deleted' || mode === 'hard'),
      })}`,
    async act(ctx, id, form) {
      const { mode } = parseInput(DeleteRun.pick({ mode: true }), { mode: form.get('mode') })
      const deleted = await deleteRun(ctx, { id, reason: form.get('reason') ?? '', mode })
      if (deleted.mode === 'soft')
        return { say: 'The run is deleted; it can be restored until its grace is over.' }
      return { say: `Run ${id} is deleted for good.`, to: paths.runs() }
    },
  },
]

const MODES: [value: string, words: string][] = [
  ['', 'As the policy says'],
  ['soft', 'Softly: it can be restored until its grace is over'],
  ['hard', 'For good, at once'],
]

const isThere = ({ storageState }: Run) => storageState !== 'deleting' && storageState !== 'deleted'

/** With the zone it is asked in: by the time it is sent, the reader's may be another. */
function untilField({ field: fieldOf, reader }: Asked, hint: string) {
  const zone = knownZone(fieldOf('zone').value ?? reader.zone)
  return html`<input type="hidden" name="zone" value="${zone}" />
    ${field({
      ...fieldOf('until'),
      label: 'Until',
      type: 'datetime-local',
      hint: `${hint}. By the clock of ${zone}`,
    })}`
}

function untilOf(form: Form, reader: Reader): string | null {
  const text = form.get('until')
  const zone = knownZone(form.get('zone') ?? reader.zone)
  return text === undefined ? null : instantOf({ ...reader, zone }, text)
}
