import { Identified } from './answers.ts'
import { download } from './download.ts'
import type { Call, Open, RemoteOptions } from './request.ts'
import { runPath } from './run-calls.ts'
import { serverPlace } from './server-place.ts'
import type { Verbs } from './verbs.ts'

type ArchiveVerbs = Pick<Verbs, 'archiveRun' | 'restoreRun' | 'downloadArchive'>

/** A server works for 10 s before it answers, and ends what it has in hand. */
const LONGEST_MS = 60_000

/** What is put away of a run, over HTTP: by hand, back again, and as a file. */
export function archiveCalls(
  { call, open }: { call: Call; open: Open },
  options: RemoteOptions,
): ArchiveVerbs {
  // Asked again it goes on with what was begun.
  const post =
    (verb: string): Verbs['archiveRun'] =>
    async ({ id }, { signal } = {}) => {
      const path = `${runPath(id)}:${verb}`
      const request = { method: 'POST', path, waitMs: LONGEST_MS, signal, repeatable: true } as const
      return (await call<never>(request, Identified)).body
    }
  return {
    archiveRun: post('archive'),
    restoreRun: post('restore'),
    downloadArchive: ({ id, ...archive }, transfer) =>
      download(
        options,
        { ...archive, place: serverPlace(open, options, `${runPath(id)}/archive`) },
        transfer,
      ),
  }
}
