/** A log as it stands on a page: which part of it is shown, and how it is looked at. */
export class LogBox {
  readonly box: HTMLElement
  readonly lines: HTMLElement
  readonly #earlier: HTMLElement | null
  readonly #later: HTMLElement | null
  readonly #follow: HTMLInputElement | null

  constructor(box: HTMLElement, lines: HTMLElement) {
    this.box = box
    this.lines = lines
    this.#earlier = box.querySelector('[data-earlier]')
    this.#later = box.querySelector('[data-later]')
    this.#follow = box.querySelector('[data-log-follow] input')
  }

  get from(): number {
    return Number(this.box.dataset.from)
  }
  get to(): number {
    return Number(this.box.dataset.to)
  }
  get total(): number {
    return Number(this.box.dataset.total)
  }
  /** Whether all is shown up to where the log ends by now. */
  get isAtEnd(): boolean {
    return this.to >= this.total
  }
  /** Whether nothing more will come. */
  get isOver(): boolean {
    return this.box.dataset.over !== undefined
  }

  /** The lines before those that are shown; what the reader looks at stays where it is. */
  prepend(part: LogPart): void {
    const height = this.lines.scrollHeight
    this.lines.prepend(part.lines)
    this.lines.scrollTop += this.lines.scrollHeight - height
    this.#note({ ...part, to: this.to })
  }

  /** The lines after those that are shown. */
  append(part: LogPart): void {
    if (part.to > part.from) {
      this.lines.querySelector('[data-wait]')?.remove()
      this.box.querySelector('[data-nothing]')?.remove()
    }
    this.lines.append(part.lines)
    this.#note({ ...part, from: this.lines.childElementCount === 0 ? part.from : this.from })
  }

  /** Who follows what is printed sees the last of it. */
  followEnd(): void {
    if (!this.#follow?.checked) return
    this.#dropFirst()
    this.toEnd()
  }

  /** All lines anew. */
  replace(part: LogPart): void {
    this.lines.replaceChildren(part.lines)
    this.#note(part)
    this.toEnd()
  }

  toEnd(): void {
    this.lines.scrollTop = this.lines.scrollHeight
  }

  /** Who follows and scrolls up reads there; back at the end, they follow again. */
  offerFollowing(): void {
    const follow = this.#follow
    const label = follow?.closest('label')
    if (!follow || !label) return
    label.hidden = this.isOver
    follow.addEventListener('change', () => follow.checked && this.toEnd())
    this.lines.addEventListener('scroll', () => {
      const { scrollHeight, scrollTop, clientHeight } = this.lines
      follow.checked = scrollHeight - scrollTop - clientHeight < NEAR_END
    })
  }

  #note({ from, to, total, isOver, lines }: LogPart): void {
    Object.assign(this.box.dataset, { from, to, total })
    if (isOver) this.box.dataset.over = ''
    if (isOver && to >= total) this.#follow?.closest('label')?.setAttribute('hidden', '')
    // What it says is of what the page came with.
    if (lines !== NOTHING) this.#earlier?.querySelector('[data-shown]')?.remove()
    show(this.#earlier, from > 0, { before: from })
    show(this.#later, to < total, { from: to })
  }

  /** A page that is left open for a night must not hold all that was printed. */
  #dropFirst(): void {
    while (this.lines.childElementCount > MOST_LINES) this.lines.firstElementChild?.remove()
    const first = this.lines.querySelector<HTMLElement>('.line')
    if (first !== null) this.#note({ ...this.#shown(), from: Number(first.id.slice(1)) })
  }

  #shown() {
    return { from: this.from, to: this.to, total: this.total, isOver: this.isOver, lines: NOTHING }
  }
}

/** Lines of a log, and where in it they stand. */
export interface LogPart {
  from: number
  to: number
  total: number
  isOver: boolean
  lines: DocumentFragment
}

const NEAR_END = 8
const MOST_LINES = 5_000
const NOTHING = document.createDocumentFragment()

function show(edge: HTMLElement | null, isShown: boolean, query: Record<string, number>): void {
  if (edge === null) return
  edge.hidden = !isShown
  const link = edge.querySelector('a')
  if (link === null) return
  const url = new URL(link.href)
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, String(value))
  link.href = url.href
}
