const FIELDS = ':is(input:not([type="hidden"]), select, textarea)'

/** What a button asks begins at its first field, and is closed by Escape, and by a click elsewhere. */
export function followAsked(): void {
  document.addEventListener('toggle', begin, true)
  document.addEventListener('click', ({ target }) => {
    const one = opened()
    if (one !== null && target instanceof Node && !one.contains(target)) one.open = false
  })
  document.addEventListener('keydown', ({ key }) => {
    const one = key === 'Escape' ? opened() : null
    if (one === null) return
    one.open = false
    one.querySelector('summary')?.focus()
  })
}

/** All are of one name: no two are open. */
const opened = () => document.querySelector<HTMLDetailsElement>('details.asked[open]')

function begin({ target }: Event): void {
  if (!(target instanceof HTMLDetailsElement) || !target.matches('.asked[open]')) return
  target.querySelector<HTMLElement>(`.card ${FIELDS}`)?.focus()
}
