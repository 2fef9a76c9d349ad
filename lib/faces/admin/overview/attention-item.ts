/** One thing that asks for somebody. */
export interface Item {
  id: string
  words: string
  /** Where to see to it, and what that is called. */
  href: string
  place: string
  isBad: boolean
  since: string | null
}
