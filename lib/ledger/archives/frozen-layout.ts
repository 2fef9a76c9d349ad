import { layOut, type TarLayout } from '../../archive/lay-out.ts'
import type { Archive } from '../../ports/archive-store.ts'
import { ArchiveManifest } from '../../run/archive-manifest.ts'
import { LedgerError } from '../../run/errors.ts'

/** Where everything stands in an archive's tar. Throws `conflict` where its manifest is not the one that was fixed. */
export function layoutOf({ runId, key, manifest, manifestSha256 }: Archive): TarLayout {
  const parsed = ArchiveManifest.safeParse(parseJson(manifest))
  const layout = parsed.success ? layOut(parsed.data) : null
  if (layout?.manifestSha256 === manifestSha256) return layout
  throw new LedgerError(
    'conflict',
    `the manifest of ${key}, the archive of run ${runId}, is not as it was fixed`,
  )
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
