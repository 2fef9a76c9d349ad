/** On a small screen the way between the parts scrolls sideways: to the one that is shown. */
export function showSection(): void {
  const current = document.querySelector<HTMLElement>('.bar nav [aria-current]')
  const list = current?.closest('ul')
  if (current == null || list == null) return
  const { left, width } = current.getBoundingClientRect()
  const { left: start, width: seen } = list.getBoundingClientRect()
  list.scrollLeft += left - start - (seen - width) / 2
}
