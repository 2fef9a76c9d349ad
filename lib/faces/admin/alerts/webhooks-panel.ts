import { html } from 'hono/html'
import type { Webhook } from '../../../run/webhook.ts'
import { empty, pager, panel, table } from '../parts/blocks.ts'
import { actionButton, askedAction } from '../parts/form.ts'
import { badge } from '../parts/state-badge.ts'
import { ago } from '../parts/times.ts'
import { paths, type Query } from '../paths.ts'
import type { Reader } from '../reader.ts'

/** Who is told how runs and cron jobs end, whether that gets through, and the way to let it begin again. */
export function webhooksPanel(
  reader: Reader,
  { data, nextCursor }: { data: Webhook[]; nextCursor: string | null },
  { cursor, query }: { cursor: string | undefined; query: Query },
) {
  const body =
    data.length === 0
      ? empty(
          'There is no webhook',
          html`One tells a URL how runs and cron jobs end: <code>POST /v1/webhooks</code> with its
            <code>url</code> and <code>events</code> makes it.`,
        )
      : html`${table({
          caption: 'Webhooks, newest first',
          fold: true,
          columns: ['Where', 'Told of', 'Stands', 'Action'],
          rows: data.map((webhook) => [
            where(webhook),
            toldOf(webhook),
            standing(reader, webhook),
            action(reader, webhook, cursor),
          ]),
        })}
        ${pager({
          first: cursor === undefined ? null : paths.alerts(query),
          next: nextCursor === null ? null : paths.alerts({ ...query, webhooks: nextCursor }),
        })}`
  return panel('Webhooks', body)
}

/** Its id keeps a row and what is opened in it together, when others come before it. */
const where = ({ id, url, description }: Webhook) =>
  html`<code id="webhook-${id}">${url}</code>${description === null ? '' : html`<span class="under">${description}</span>`}`

function toldOf({ events, kinds, projectId }: Webhook) {
  const only = [
    ...(projectId === null ? [] : [`of project ${projectId}`]),
    ...(kinds === null ? [] : [`of ${kinds.join(', ')}`]),
  ].join(', ')
  return html`${events.join(', ')}${only === '' ? '' : html`<span class="under">${only}</span>`}`
}

function standing(reader: Reader, { isEnabled, disabledReason, failingSince }: Webhook) {
  if (!isEnabled)
    return html`${badge('disabled', 'bad')}${disabledReason === null ? '' : html`<span class="under">${disabledReason}</span>`}`
  if (failingSince !== null)
    return html`${badge('failing', 'warn')}<span class="under">nothing has got through, first ${ago(reader, failingSince)}</span>`
  return badge('enabled', 'good')
}

function action(reader: Reader, { id, isEnabled, url }: Webhook, cursor = '') {
  const fields = { webhooks: cursor }
  const subject = `the webhook to ${url}`
  if (!isEnabled)
    return html`<div class="actions">${actionButton(reader, { to: paths.webhookAction(id, 'enable'), label: 'Enable', tone: 'main', subject, fields })}</div>`
  const asked = html`<p>Nothing is told to it until somebody enables it again.</p>`
  return html`<div class="actions">${askedAction(reader, { to: paths.webhookAction(id, 'disable'), label: 'Disable', subject, fields }, asked)}</div>`
}
