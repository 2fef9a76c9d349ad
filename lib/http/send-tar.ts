import type { Context as HonoContext } from 'hono'
import type { OutputsTar } from '../ledger/outputs/tar-outputs.ts'

/** All files of a run, as an attachment. Its headers are all that whoever asks by HEAD is told, and what was opened is closed. */
export async function sendTar(c: HonoContext, { folder, body }: OutputsTar): Promise<Response> {
  c.header('Content-Type', 'application/x-tar')
  c.header('Content-Disposition', `attachment; filename="${folder}.tar"`)
  c.header('Cache-Control', 'no-store')
  const stream = ReadableStream.from<Uint8Array>(body)
  if (c.req.method !== 'HEAD') return c.body(stream)
  await stream.cancel()
  return c.body(null)
}
