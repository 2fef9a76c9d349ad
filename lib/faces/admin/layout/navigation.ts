import { html } from 'hono/html'
import { csrfField } from '../parts/form.ts'
import { paths, type Section } from '../paths.ts'
import { isAdmin, type Reader } from '../reader.ts'

const OF_ALL: [Section, string, string][] = [
  ['overview', paths.home, 'Overview'],
  ['runs', paths.runs(), 'Runs'],
]
const OF_ADMINS: [Section, string, string][] = [
  ['cron', paths.cron(), 'Cron'],
  ['storage', paths.storage, 'Storage'],
  ['audit', paths.audit(), 'Audit'],
  ['keys', paths.keys(), 'Keys'],
]

/** The bar on top of each page: the parts of the dashboard this reader may see, and who that is. */
export function navigation(reader: Reader, section: Section) {
  const items = isAdmin(reader) ? [...OF_ALL, ...OF_ADMINS] : OF_ALL
  const { name, projectId } = reader.actor
  return html`<header class="bar">
    <a class="brand" href="${paths.home}"><span class="mark" aria-hidden="true"></span>Runledger</a>
    <nav aria-label="Dashboard">
      <ul>
        ${items.map(
          ([one, href, label]) =>
            html`<li><a href="${href}" ${one === section ? html`aria-current="page"` : ''}>${label}</a></li>`,
        )}
      </ul>
    </nav>
    <div class="who">
      <span class="zone" title="Times are in this zone: ${reader.zone}">${zoneOf(reader)}</span>
      <button type="button" class="quiet" data-theme-toggle hidden>Theme</button>
      <span class="name">${name}${projectId === null ? '' : html` <span class="dim">in ${projectId}</span>`}</span>
      <form method="post" action="${paths.signOut}">${csrfField(reader)}<button class="quiet">Sign out</button></form>
    </div>
  </header>`
}

/** Where there is little room its city is shown alone. */
function zoneOf({ zone }: Reader) {
  const city = zone.slice(zone.lastIndexOf('/') + 1)
  return html`<span class="area">${zone.slice(0, -city.length)}</span>${city}`
}
