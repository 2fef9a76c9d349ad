import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { type Answer, S3Error } from './answer.ts'
import { type Asked, type Operation, readAsked } from './asked.ts'
import type { Bucket } from './bucket.ts'
import { completeUpload } from './complete-upload.ts'
import { deleteObjects } from './delete-objects.ts'
import type { Fault } from './faults.ts'
import { listObjects } from './list-objects.ts'
import * as multipart from './multipart.ts'
import { copyObject, getObject, headObject, putObject } from './objects.ts'
import { type Credentials, verifySignature } from './signature.ts'

/** A small S3 on a real socket, in memory; `.ci/run` holds it to the same suite as Ceph. */
export interface S3Server {
  options: Credentials & { endpoint: string; bucket: string }
  /** The operation of each request that came, in order. */
  asked: Operation[]
  /** From now on, the next so many requests of an operation go wrong in this way. */
  fail(operation: Operation | 'any', fault: Fault, times?: number): void
  /** Ends all faults. */
  recover(): void
  close(): Promise<void>
}

const CREDENTIALS: Credentials = {
  accessKeyId: 'AKIDTESTSERVER',
  secretAccessKey: 'a secret/of the+test server',
  region: 'eu-test-1',
}
const BUCKET = 'runs'

const HANDLERS: Record<Operation, (bucket: Bucket, asked: Asked) => Answer> = {
  PutObject: putObject,
  CopyObject: copyObject,
  GetObject: getObject,
  HeadObject: headObject,
  ListObjectsV2: listObjects,
  DeleteObjects: deleteObjects,
  CreateMultipartUpload: multipart.createUpload,
  UploadPart: multipart.uploadPart,
  UploadPartCopy: multipart.uploadPartCopy,
  ListParts: multipart.listParts,
  CompleteMultipartUpload: completeUpload,
  AbortMultipartUpload: multipart.abortUpload,
  ListMultipartUploads: multipart.listUploads,
}

export async function startS3Server(): Promise<S3Server> {
  const bucket: Bucket = { objects: new Map(), uploads: new Map() }
  const faults: { operation: Operation | 'any'; fault: Fault; times: number }[] = []
  const asked: Operation[] = []

  const perform = (request: Asked): Answer => {
    asked.push(request.operation)
    verifySignature(request, CREDENTIALS, new Date())
    if (request.bucket !== BUCKET) throw new S3Error(404, 'NoSuchBucket')
    const handle = () => orError(() => HANDLERS[request.operation](bucket, request))
    const next = faults.find(
      ({ operation, times }) => times > 0 && (operation === 'any' || operation === request.operation),
    )
    if (!next) return handle()
    next.times--
    return next.fault(handle, request)
  }

  const server = createServer(async (request, response) => {
    try {
      const read = await readAsked(request)
      const made = orError(() => perform(read))
      if (made.afterMs) await delay(made.afterMs)
      send(request, response, made)
    } catch (error) {
      if (error instanceof S3Error) send(request, response, error.toAnswer())
      else response.destroy()
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    options: {
      ...CREDENTIALS,
      bucket: BUCKET,
      endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    },
    asked,
    fail: (operation, fault, times = Number.POSITIVE_INFINITY) =>
      void faults.push({ operation, fault, times }),
    recover: () => void faults.splice(0),
    close: async () => {
      server.closeAllConnections()
      await new Promise((closed) => server.close(closed))
    },
  }
}

function orError(work: () => Answer): Answer {
  try {
    return work()
  } catch (error) {
    if (error instanceof S3Error) return error.toAnswer()
    throw error
  }
}

function send(
  request: IncomingMessage,
  response: ServerResponse,
  { status, headers, body, broken }: Answer,
): void {
  const stop = () => {
    if (broken?.by === 'cut') response.destroy()
  }
  if (broken?.at === 'head') {
    stop()
    return
  }
  const hasBody = status !== 204
  response.writeHead(status, { ...headers, ...(hasBody ? { 'content-length': body.length } : {}) })
  if (!hasBody || request.method === 'HEAD') response.end()
  else if (!broken) response.end(body)
  else response.write(body.subarray(0, Math.max(1, broken.at)), stop)
}
