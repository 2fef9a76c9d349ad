import type { Codec } from '../../archive/codec.ts'
import type { Archive } from '../../ports/archive-store.ts'
import type { ObjectHead } from '../../ports/object-store.ts'

/** What says, beside an archive's object, which manifest it was made of. */
export const describeArchive = ({ runId, manifestSha256 }: Archive, by: Codec) => ({
  contentType: by.contentType,
  metadata: { 'run-id': runId, 'manifest-sha256': manifestSha256 },
})

/** Whether an object says that it was made of this archive's manifest. */
export function isMadeOf({ metadata }: ObjectHead, { manifestSha256 }: Archive): boolean {
  return metadata['manifest-sha256'] === manifestSha256
}
