import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { S3Error } from './answer.ts'

/** One request, read whole. */
export interface Asked {
  operation: Operation
  method: string
  bucket: string
  key: string
  /** As it was sent, for the signature. */
  path: string
  query: URLSearchParams
  headers: IncomingHttpHeaders
  body: Buffer
}

export type Operation =
  | 'PutObject'
  | 'CopyObject'
  | 'GetObject'
  | 'HeadObject'
  | 'ListObjectsV2'
  | 'DeleteObjects'
  | 'CreateMultipartUpload'
  | 'UploadPart'
  | 'UploadPartCopy'
  | 'ListParts'
  | 'CompleteMultipartUpload'
  | 'AbortMultipartUpload'
  | 'ListMultipartUploads'

/** Reads a request to its end. Throws an `S3Error` for what this server does not do. */
export async function readAsked(request: IncomingMessage): Promise<Asked> {
  const pieces: Buffer[] = []
  for await (const piece of request) pieces.push(piece)
  const [path = '', search = ''] = (request.url ?? '').split(/\?(.*)/s)
  const [, bucket = '', ...rest] = path.split('/')
  const { method = '', headers } = request
  const query = new URLSearchParams(search)
  const key = decodeURIComponent(rest.join('/'))
  const operation = operationOf(method, key !== '', query, headers)
  return { operation, method, bucket, key, path, query, headers, body: Buffer.concat(pieces) }
}

function operationOf(
  method: string,
  hasKey: boolean,
  query: URLSearchParams,
  headers: IncomingHttpHeaders,
): Operation {
  const isCopy = headers['x-amz-copy-source'] !== undefined
  const isOfUpload = query.has('uploadId')
  const operations: Record<string, Operation | undefined> = hasKey
    ? {
        PUT: isOfUpload ? (isCopy ? 'UploadPartCopy' : 'UploadPart') : isCopy ? 'CopyObject' : 'PutObject',
        GET: isOfUpload ? 'ListParts' : 'GetObject',
        HEAD: 'HeadObject',
        POST: isOfUpload
          ? 'CompleteMultipartUpload'
          : query.has('uploads')
            ? 'CreateMultipartUpload'
            : undefined,
        DELETE: isOfUpload ? 'AbortMultipartUpload' : undefined,
      }
    : {
        GET: query.has('uploads')
          ? 'ListMultipartUploads'
          : query.get('list-type') === '2'
            ? 'ListObjectsV2'
            : undefined,
        POST: query.has('delete') ? 'DeleteObjects' : undefined,
      }
  const operation = operations[method]
  if (!operation) throw new S3Error(405, 'MethodNotAllowed')
  return operation
}
