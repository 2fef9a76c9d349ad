import type { Output } from '../../ports/output-store.ts'
import type { RunOutput } from '../../run/run-output.ts'

/** A committed row as it is shown: without where the bytes are. */
export function toRunOutput({
  path,
  bytes,
  sha256,
  contentType,
  fence,
  createdAt,
  committedAt,
}: Output): RunOutput {
  return { path, bytes, sha256, contentType, fence, createdAt: committedAt ?? createdAt }
}
