import { html } from 'hono/html'
import { AuditAction } from '../../../run/audit.ts'
import { choice, field } from '../parts/form.ts'
import { paths } from '../paths.ts'
import type { AuditFilter } from './audit-filter.ts'

/** Which rows to show; the address is what is asked, so that it can be kept and sent. */
export function filterForm({ who, action, run, from, to }: AuditFilter, problems: Record<string, string>) {
  return html`<form method="get" action="${paths.audit()}" role="search" class="panel">
    <div class="fields">
      ${field({ label: 'Who', name: 'who', value: who, problem: problems.who, placeholder: 'the whole name' })}
      ${choice({
        label: 'What',
        name: 'action',
        value: action ?? '',
        options: [['', 'anything'], ...AuditAction.options.map((one): [string, string] => [one, one])],
      })}
      ${field({ label: 'Run', name: 'run', value: run, problem: problems.run, placeholder: 'its id' })}
      ${field({ label: 'From', name: 'from', type: 'date', value: from, problem: problems.from })}
      ${field({ label: 'To', name: 'to', type: 'date', value: to, problem: problems.to })}
      <div class="field actions"><button class="main">Show</button><a class="button" href="${paths.audit()}">All</a></div>
    </div>
  </form>`
}
