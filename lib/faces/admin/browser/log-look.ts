const LOOKS = ['wrap', 'times'] as const

/** Whether lines are wrapped, and times shown, as the reader had it last. */
export function rememberLook(box: HTMLElement): void {
  for (const look of LOOKS) {
    const input = box.querySelector<HTMLInputElement>(`[data-log-${look}]`)
    if (input === null) continue
    const name = `runledger-log-${look}`
    const before = localStorage.getItem(name)
    if (before !== null) input.checked = before === 'true'
    input.addEventListener('change', () => localStorage.setItem(name, String(input.checked)))
  }
}
