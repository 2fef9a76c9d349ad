/**
 * Where logs, outputs and archives are kept: keys to bytes, in one bucket or one folder. What an answer says has happened is
 * durable; nothing is atomic across keys, so the database decides what is true. A store that cannot be reached, or answers
 * 5xx after the retries, throws `LedgerError('unavailable')`. Keys are listed in the order of their UTF-8 bytes. Source: the
 * storage page.
 */
export interface ObjectStore {
  /** Where it keeps things, in words and without a secret: for a doctor and for errors. */
  readonly name: string

  /**
   * Writes one object whole, or not at all. With `ifAbsent` an object that is there stays as it is and the answer is null.
   * `sha256` (hex) is checked by the store where it can, and by us: other bytes throw `invalid` and leave nothing.
   * Up to `MAX_PUT_BYTES`; more goes by parts.
   */
  put(key: string, body: Uint8Array, options?: PutOptions): Promise<StoredObject | null>

  /**
   * The object, streamed: nothing is read before it is asked for, and a cancel lets go of the connection. Null where there is
   * none. A stream that is cut off throws `unavailable`, never ends as if it were whole.
   * `range` beyond the end throws `invalid`; an `ifMatch` that is not the object's etag throws `conflict`.
   */
  get(key: string, options?: GetOptions): Promise<(ObjectHead & { body: ReadableStream<Uint8Array> }) | null>

  /** What the store knows of an object; null where there is none. */
  head(key: string): Promise<ObjectHead | null>

  /** Up to `limit` (1,000 at most) objects after `startAfter`, in order of their keys. An empty answer is the end. */
  list(options: { prefix: string; startAfter?: string; limit?: number }): Promise<ListedObject[]>

  /** Removes up to 1,000 objects; what is not there counts as removed. The keys that could not be, each with why. */
  deleteMany(keys: string[]): Promise<{ key: string; error: string }[]>

  /**
   * Writes zeros over an object's bytes where they lie, before it is removed. Where the store keeps earlier versions of an object it does
   * nothing, as these would stay; nor where there is none. For `SECURE_DELETE`.
   */
  overwrite(key: string): Promise<void>

  /** Begins an object that comes in parts; the answer is the upload's id. */
  createMultipart(key: string, options?: Pick<PutOptions, 'contentType' | 'metadata'>): Promise<string>

  /** Writes part `number` (1 to 10,000; all but the last at least `MIN_PART_BYTES`). Written again, the last one counts. */
  putPart(upload: Upload, number: number, body: Uint8Array): Promise<StoredPart>

  /** The parts that are there, in order. Throws `not_found` for an upload that has ended. */
  listParts(upload: Upload): Promise<StoredPart[]>

  /**
   * Makes the parts one object. With `ifAbsent` an object that is there already stays, and the answer is null (the upload is
   * aborted). Throws `not_found` for an upload that has ended, `invalid` for parts that are not as given.
   */
  completeMultipart(
    upload: Upload,
    parts: Pick<StoredPart, 'number' | 'etag'>[],
    options?: { ifAbsent?: boolean },
  ): Promise<StoredObject | null>

  /** Ends an upload and forgets its parts; of one that has ended already it does nothing. */
  abortMultipart(upload: Upload): Promise<void>

  /** Uploads that were begun below `prefix` and not ended, for sweeping. */
  listMultiparts(options: { prefix: string; limit?: number }): Promise<(Upload & { startedAt: string })[]>

  /** A second object with the same bytes and metadata, without their passing through here. Throws `not_found`. */
  copy(from: string, to: string): Promise<StoredObject>

  /** A URL that gives this object to whoever has it, as an attachment by that name, until it expires. */
  presignGet(
    key: string,
    options: { filename: string; contentType?: string; expiresSeconds: number },
  ): Promise<string>

  /** A request that may make this object, once, of exactly so many bytes: the URL and the headers to send with it. */
  presignPut(key: string, options: PresignPutOptions): Promise<PresignedRequest>

  /** The same for one part of an upload. */
  presignPart(
    upload: Upload,
    number: number,
    options: { bytes: number; expiresSeconds: number },
  ): Promise<PresignedRequest>

  /** Answers requests for the URLs it has signed itself; undefined where another server does (S3). */
  answer?(request: Request): Promise<Response>

  close(): Promise<void>
}

/** What one `put` takes at most. */
export const MAX_PUT_BYTES = 64 * 1024 * 1024
/** What every part but the last has at least. */
export const MIN_PART_BYTES = 5 * 1024 * 1024

export interface PutOptions {
  ifAbsent?: boolean
  sha256?: string
  contentType?: string
  /** Names of letters, digits and dashes in lower case; values of printable ASCII; 2 KB in all. */
  metadata?: Record<string, string>
}

export interface GetOptions {
  /** Bytes from `start` up to and with `end` (default: the last). */
  range?: { start: number; end?: number }
  ifMatch?: string
}

export interface StoredObject {
  etag: string | null
  bytes: number
}

export interface ObjectHead {
  /** Of the whole object, also where a range of it was asked for. */
  bytes: number
  /** Changes with the bytes; null where the store gives none. */
  etag: string | null
  modifiedAt: string
  contentType: string | null
  metadata: Record<string, string>
}

export interface ListedObject {
  key: string
  bytes: number
  etag: string | null
  modifiedAt: string
}

export interface Upload {
  key: string
  uploadId: string
}

export interface StoredPart {
  number: number
  etag: string
  bytes: number
}

export interface PresignPutOptions {
  bytes: number
  contentType: string
  expiresSeconds: number
}

export interface PresignedRequest {
  method: 'PUT'
  url: string
  headers: Record<string, string>
}
