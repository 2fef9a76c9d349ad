/** A line for when the page is not as it stands on the server, and since when; empty, and not seen, while it is. */
export function behindLine(): { show(since: number, words: string): void; clear(): void } {
  // There before it says something: else it is not read out.
  const line = document.createElement('p')
  line.className = 'behind'
  line.setAttribute('role', 'status')
  document.body.append(line)
  const say = (words: string) => {
    if (line.textContent !== words) line.textContent = words
  }
  return {
    show: (since, words) => say(`Not up to date since ${inWords(since)}. ${words}`),
    clear: () => say(''),
  }
}

function inWords(at: number): string {
  const timeZone = document.documentElement.dataset.zone ?? 'UTC'
  const day = { day: 'numeric', month: 'short' } as const
  const clock = { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' } as const
  return new Intl.DateTimeFormat('en-GB', { timeZone, ...day, ...clock }).format(at).replace(',', '')
}
