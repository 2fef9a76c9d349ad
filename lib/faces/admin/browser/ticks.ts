/** A box that ticks all boxes shown, how many are ticked, and buttons that wait for one. */
export function followTicks(): void {
  for (const form of document.querySelectorAll<HTMLFormElement>('form[data-ticks]')) {
    if (form.dataset.ticks === 'followed') continue
    form.dataset.ticks = 'followed'
    const all = form.querySelector<HTMLInputElement>('[data-tick-all] input')
    form.querySelector<HTMLElement>('[data-tick-all]')?.removeAttribute('hidden')
    const boxes = () => [...form.querySelectorAll<HTMLInputElement>('tbody input[type="checkbox"]')]
    form.addEventListener('change', ({ target }) => {
      if (target === all) for (const box of boxes()) box.checked = all?.checked ?? false
      show(form, boxes(), all)
    })
    // A browser that goes back keeps the ticks.
    addEventListener('pageshow', () => show(form, boxes(), all))
    show(form, boxes(), all)
  }
}

function show(form: HTMLFormElement, boxes: HTMLInputElement[], all: HTMLInputElement | null): void {
  const ticked = boxes.filter(({ checked }) => checked).length
  const words = form.querySelector('[data-ticked]')
  if (words !== null) words.textContent = ticked === 0 ? 'Tick runs to' : `${ticked} ticked:`
  for (const button of form.querySelectorAll<HTMLButtonElement>('button[name="action"]'))
    button.disabled = ticked === 0
  if (all === null) return
  all.checked = ticked > 0 && ticked === boxes.length
  all.indeterminate = ticked > 0 && ticked < boxes.length
}
