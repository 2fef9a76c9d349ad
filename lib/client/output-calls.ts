import { z } from 'zod'
import type { OutputPage } from '../ledger/outputs/list-outputs.ts'
import { downloadRemote } from './download-output.ts'
import type { Call, Open, RemoteOptions } from './request.ts'
import { runPath } from './run-calls.ts'
import { uploadRemote } from './upload-output.ts'
import type { Verbs } from './verbs.ts'

type OutputVerbs = Pick<Verbs, 'listOutputs' | 'uploadOutput' | 'downloadOutput'>

const Page = z.looseObject({
  data: z.array(z.looseObject({ path: z.string(), bytes: z.number() })),
  nextCursor: z.string().nullable(),
})

/** A run's files, over HTTP. Their bytes go to and from where they are kept, past the server. */
export function outputCalls({ call, open }: { call: Call; open: Open }, options: RemoteOptions): OutputVerbs {
  return {
    async listOutputs({ id, ...query }) {
      const path = `${runPath(id)}/outputs`
      return (await call<OutputPage>({ method: 'GET', path, query, repeatable: true }, Page)).body
    },
    uploadOutput: uploadRemote(call, options),
    downloadOutput: downloadRemote(open, options),
  }
}
