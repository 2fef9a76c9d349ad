/** What is enqueued in every scenario: a run such as people have, about 330 bytes of JSON, and the same for everybody. */
export interface Item {
  kind: string
  name: string
  input: Record<string, unknown>
  labels: Record<string, string>
}

export const KINDS = [
  'invoices.send',
  'reports.build',
  'scrape.prices',
  'mail.digest',
  'backup.nightly',
  'import.orders',
  'thumbnails.make',
  'search.reindex',
] as const

export const KIND = KINDS[0]

/** The `n`th item; all are of one kind unless told otherwise. */
export function itemOf(n: number, kind: string = KIND): Item {
  const customer = `c-${n % 10_000}`
  return {
    kind,
    name: `Invoice ${n} for ${customer}`,
    input: {
      customer,
      month: '2026-11',
      lines: [
        { text: 'Seats', count: 12, cents: 14_400 },
        { text: 'Storage', count: 3, cents: 2_700 },
      ],
      language: 'en',
      target: `invoices/2026-11/${customer}.pdf`,
    },
    labels: { team: 'billing', env: 'production', customer },
  }
}

export function itemsOf(count: number, kind: string = KIND): Item[] {
  return Array.from({ length: count }, (_, n) => itemOf(n, kind))
}
