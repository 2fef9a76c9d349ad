import type { OpenVerbs, Verbs } from '../client/verbs.ts'

/** Opens the ledger for one piece of work, and lets go of it whatever happens. */
export async function withVerbs<T>(
  { open }: { open: () => Promise<OpenVerbs> },
  work: (verbs: Verbs) => Promise<T>,
): Promise<T> {
  const opened = await open()
  try {
    return await work(opened.verbs)
  } finally {
    await opened.close()
  }
}
