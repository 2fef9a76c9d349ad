const THEMES = ['system', 'light', 'dark']

/** The button for light, dark, or as the system has it. */
export function offerThemes(): void {
  const button = document.querySelector<HTMLButtonElement>('[data-theme-toggle]')
  if (button === null) return
  const { dataset } = document.documentElement
  const show = () => {
    const what = document.createElement('span')
    what.className = 'of'
    what.textContent = 'Theme: '
    button.replaceChildren(what, dataset.theme ?? 'system')
  }
  button.addEventListener('click', () => {
    const at = THEMES.indexOf(dataset.theme ?? '')
    dataset.theme = THEMES[(at + 1) % THEMES.length] ?? 'system'
    // biome-ignore lint/suspicious/noDocumentCookie: the other way is not in every browser
    document.cookie = `runledger_theme=${dataset.theme}; path=/admin; max-age=31536000; samesite=lax`
    show()
  })
  button.hidden = false
  show()
}
